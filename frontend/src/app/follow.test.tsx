import { act, screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { fleet } from "../../dev/mock/fleet";
import { renderApp } from "../../dev/test-app";

vi.mock("@/components/plot/Plot", () => ({ Plot: () => null })); // jsdom has no canvas

const checkout = fleet.find((s) => s.name === "checkout-availability");
const excluded = [{ from: "2026-11-01T00:00:00Z", to: "2026-11-01T01:00:00Z", exclusion: { id: "x" } }];

/** A page that is open, and how often it asked its question. */
async function opened(path: string, question: string, ready: string) {
  if (!checkout) {
    throw new Error("the invented fleet has no checkout-availability");
  }
  let asked = 0;
  const view = renderApp(path, {
    before: (operation) => {
      asked += operation === question ? 1 : 0;
    },
  });
  await screen.findByTestId(ready);
  const before = asked;
  return { ping: (x: object[] = []) => act(() => view.ping(checkout, x)), again: () => asked - before };
}

describe("an open page", () => {
  it("waits with what is measured, and reads what was excluded at once", async () => {
    const page = await opened("/slos/checkout-availability", "SloDetail", "budget-headline");
    await page.ping();
    await page.ping();
    expect(page.again()).toBe(1); // the second is held back
    await page.ping(excluded);
    expect(page.again()).toBe(2);
    await page.ping(excluded);
    expect(page.again()).toBe(2); // nothing else is excluded than before
    await page.ping([]);
    expect(page.again()).toBe(3);
  });

  it("of an agreement follows the objectives that it promises", async () => {
    const page = await opened("/slas/shop-gold", "SlaDetail", "sla-headline");
    await page.ping();
    await waitFor(() => expect(page.again()).toBe(1));
    await page.ping(excluded);
    await waitFor(() => expect(page.again()).toBe(2));
  });
});
