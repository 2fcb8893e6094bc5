import { act, screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { fleet } from "../../dev/mock/fleet";
import { renderApp } from "../../dev/test-app";

vi.mock("@/components/plot/Plot", () => ({ Plot: () => null })); // jsdom has no canvas

/** A page that is open on figures which are others from now on, and what it asks since. */
async function opened(path: string, ready: string) {
  const asked: string[] = [];
  const view = renderApp(path, { before: (operation) => void asked.push(operation) });
  const shown = (testId: string) => screen.getByTestId(testId).dataset.value;
  await screen.findByTestId(ready);
  await act(() => new Promise((done) => setTimeout(done, 100))); // what it asks for last
  asked.length = 0;
  view.world.slos = fleet.map((s) => ({ ...s, targets: s.targets.map((o) => ({ ...o, percent: "50" })) }));
  return {
    asked,
    before: shown(ready),
    shown,
    ping: (decided = false) => act(() => view.ping(decided)),
    again: (question: string) => asked.filter((a) => a === question).length,
  };
}

describe("an open page", () => {
  it("of an objective is sent its figures, and asks for nothing after a measurement", async () => {
    const page = await opened("/slos/checkout-availability", "budget-headline");
    await page.ping();
    await waitFor(() => expect(page.shown("budget-headline")).not.toBe(page.before));
    expect(page.asked).toEqual([]);
  });

  it("asks, after a decision, for what else it shows", async () => {
    const page = await opened("/slos/checkout-availability", "budget-headline");
    await page.ping(true);
    await waitFor(() => expect(page.again("SloPlots")).toBe(1));
    expect(page.shown("budget-headline")).not.toBe(page.before);
    expect(page.again("SloMarks")).toBe(1);
    expect(page.again("SloDetail")).toBe(0);
  });

  it("reads many decisions at once twice, so that the last one is in it", async () => {
    const page = await opened("/slos/checkout-availability", "budget-headline");
    const began = performance.now();
    for (let i = 0; i < 50; i++) {
      await page.ping(true);
    }
    const paces = Math.floor((performance.now() - began) / 500); // a slow machine takes more than one
    await waitFor(() => expect(page.again("SloPlots")).toBeGreaterThanOrEqual(2));
    await act(() => new Promise((done) => setTimeout(done, 600)));
    expect(page.again("SloPlots")).toBeLessThanOrEqual(paces + 2);
  });

  it("of a statement is sent it with the budget", async () => {
    const page = await opened("/slos/checkout-availability?tab=statement", "statement-closing");
    await page.ping();
    await waitFor(() => expect(page.shown("statement-closing")).not.toBe(page.before));
    expect(page.asked).toEqual([]);
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
