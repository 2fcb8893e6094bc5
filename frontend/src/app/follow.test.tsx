import { act, screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { renderApp } from "../../dev/test-app";

vi.mock("@/components/plot/Plot", () => ({ Plot: () => null })); // jsdom has no canvas

/** A page that is open, and how often it asked each question since. */
async function opened(path: string, ready: string) {
  const asked: string[] = [];
  const view = renderApp(path, { before: (operation) => void asked.push(operation) });
  await screen.findByTestId(ready);
  await act(async () => undefined);
  asked.length = 0;
  return {
    ping: (decided = false) => act(() => view.ping(decided)),
    again: (question: string) => asked.filter((a) => a === question).length,
  };
}

describe("an open page", () => {
  it("waits with what is measured, and reads at once what was decided", async () => {
    const page = await opened("/slos/checkout-availability", "budget-headline");
    await page.ping();
    await page.ping();
    expect(page.again("SloDetail")).toBe(1); // the second is held back
    await page.ping(true);
    expect(page.again("SloDetail")).toBe(2);
  });

  it("reads everything anew that a decision may change, and only the budget after a measurement", async () => {
    const page = await opened("/slos/checkout-availability", "budget-headline");
    await page.ping();
    expect([page.again("SloDetail"), page.again("SloPlots"), page.again("SloMarks")]).toEqual([1, 0, 0]);
    await page.ping(true);
    expect([page.again("SloDetail"), page.again("SloPlots"), page.again("SloMarks")]).toEqual([2, 1, 1]);
  });

  it("reads many decisions at once twice, so that the last one is in it", async () => {
    const page = await opened("/slos/checkout-availability", "budget-headline");
    for (let i = 0; i < 100; i++) {
      await page.ping(true);
    }
    expect(page.again("SloDetail")).toBe(1);
    await waitFor(() => expect(page.again("SloDetail")).toBe(2));
  });

  it("of a statement reads it with the budget", async () => {
    const page = await opened("/slos/checkout-availability?tab=statement", "explain-open");
    await page.ping();
    expect([page.again("SloDetail"), page.again("SloStatement")]).toEqual([1, 1]);
    await page.ping(true);
    expect([page.again("SloDetail"), page.again("SloStatement")]).toEqual([2, 2]);
  });

  it("stands still at a past instant until somebody decides about the past", async () => {
    const page = await opened("/slos/checkout-availability?asOf=2026-11-01T00:00:00Z", "budget-headline");
    await page.ping();
    expect(page.again("SloDetail")).toBe(0);
    await page.ping(true);
    expect(page.again("SloDetail")).toBe(1);
  });

  it("of an agreement follows the objectives that it promises, with all of its periods", async () => {
    const page = await opened("/slas/shop-gold", "sla-headline");
    await page.ping();
    await waitFor(() => expect(page.again("SlaDetail")).toBe(1));
    expect(page.again("SlaHistory")).toBe(0);
    await page.ping(true);
    await waitFor(() => expect(page.again("SlaDetail")).toBe(2));
    expect(page.again("SlaHistory")).toBe(1);
  });

  it("of agreements, or of one that is not there, follows whatever is decided", async () => {
    const list = await opened("/slas", "sla-create");
    await list.ping(true);
    await waitFor(() => expect(list.again("SlaList")).toBe(1));
  });
});
