import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { fleet } from "../../dev/mock/fleet";
import { renderApp } from "../../dev/test-app";

// jsdom has no canvas. What plots draw is tested where it is decided: plot-data.test.ts.
vi.mock("uplot", () => {
  class Chart {
    static paths = {};
    root = document.createElement("div");
    setSize(): void {}
    destroy(): void {}
    batch(): void {}
  }
  return { default: Chart };
});

const rowOf = async (name: string) => {
  const rows = await screen.findAllByTestId("slo-row");
  const row = rows.find((r) => r.dataset.slo === name);
  if (!row) {
    throw new Error(`no row ${name}`);
  }
  return within(row);
};
const shown = () => screen.queryAllByTestId("slo-row").map((r) => r.dataset.slo);

// The same objectives with targets that leave more.
const relaxed = fleet.map((s) => ({ ...s, targets: s.targets.map((t) => ({ ...t, percent: "50" })) }));

beforeEach(() => localStorage.clear());

describe("overview", () => {
  it("shows every SLO with raw figures for programs and words for people", async () => {
    renderApp("/");
    const row = await rowOf("checkout-availability");
    expect(shown()).toHaveLength(fleet.length);
    const remaining = row.getByTestId("slo-remaining");
    expect(Number(remaining.dataset.value)).toBeLessThan(0);
    expect(remaining.textContent).toMatch(/^−\d/);
    expect(row.getByTestId("slo-target").dataset.value).toBe("99.9");
    expect(row.getByTestId("slo-state").textContent).toBe("Breached");
    expect(row.getByText(/^Fast/)).toBeTruthy();
    expect(row.getByTestId("slo-link").getAttribute("href")).toBe("/slos/checkout-availability");
  });

  it("writes what is unknown as unknown and never as a number", async () => {
    renderApp("/");
    const row = await rowOf("billing-run");
    for (const id of ["slo-remaining", "slo-sli"]) {
      expect(row.getByTestId(id).dataset.value).toBe("");
      expect(row.getByTestId(id).textContent).not.toMatch(/\d/);
    }
    expect(row.getByRole("img").getAttribute("aria-label")).toMatch(/unknown/);
  });

  it("marks figures without a verdict as partial", async () => {
    renderApp("/");
    const row = await rowOf("identity-sign-in");
    for (const id of ["slo-remaining", "slo-sli"]) {
      expect(row.getByTestId(id).textContent).toMatch(/^partial .*%$/);
      expect((await rowOf("checkout-availability")).getByTestId(id).textContent).not.toMatch(/partial/);
    }
    expect(row.getByText(/ seen$/)).toBeTruthy();
  });

  it("keeps search and states in the address", async () => {
    const user = userEvent.setup();
    const { router } = renderApp("/");
    await user.type(await screen.findByTestId("search"), "front");
    await waitFor(() => expect(shown()).toEqual(["edge-probe"]));
    await user.clear(screen.getByTestId("search"));
    await user.click(screen.getByRole("button", { name: /Breached/ }));
    await waitFor(() => expect(shown().length).toBeLessThan(fleet.length));
    expect(router.state.location.search).toEqual({ state: "BREACHED" });
    expect(screen.getByRole("button", { name: /Breached/ }).getAttribute("aria-pressed")).toBe("true");
  });

  it("reads the address that it is given, and offers a way out when nothing matches", async () => {
    const user = userEvent.setup();
    renderApp("/?q=nowhere");
    await user.click(await screen.findByRole("button", { name: /Show all/ }));
    await waitFor(() => expect(shown()).toHaveLength(fleet.length));
  });

  it("moves by j and k and searches by /", async () => {
    const user = userEvent.setup();
    renderApp("/");
    await rowOf("edge-probe");
    await user.keyboard("j");
    const first = document.activeElement;
    await user.keyboard("jk");
    expect(document.activeElement).toBe(first);
    expect(first?.hasAttribute("data-row-link")).toBe(true);
    await user.keyboard("/");
    expect(document.activeElement).toBe(screen.getByTestId("search"));
  });

  it("says how to begin when nothing is defined", async () => {
    renderApp("/", { slos: [] });
    expect(await screen.findByText("No objectives yet")).toBeTruthy();
    expect(screen.getByText(/apiVersion: openslo\/v1/)).toBeTruthy();
  });

  it("says what to do when the server does not answer, and recovers", async () => {
    const user = userEvent.setup();
    let down = true;
    renderApp("/", {
      before: (name) => {
        if (down && name === "Overview") {
          throw new TypeError("Failed to fetch");
        }
      },
    });
    expect(await screen.findByText("Hindcast does not answer")).toBeTruthy();
    down = false;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await rowOf("edge-probe")).toBeTruthy();
  });

  it("takes changes over as they arrive, and the rest stays", async () => {
    const { announce } = renderApp("/");
    const probe = fleet.find((s) => s.name === "edge-probe");
    await rowOf("edge-probe");
    act(() =>
      announce({ ...(probe ?? fleet[0]), displayName: "Front door, renamed" } as (typeof fleet)[number]),
    );
    expect(await screen.findByText("Front door, renamed")).toBeTruthy();
    expect(shown()).toHaveLength(fleet.length);
  });

  it("finds objectives that were added while it was offline", async () => {
    const { socket, world } = renderApp("/", { slos: fleet.slice(0, 2) });
    await rowOf("checkout-latency");
    world.slos = fleet.slice(0, 4);
    act(() => socket.set({ state: "live", since: null, epoch: 2 }));
    await waitFor(() => expect(shown()).toHaveLength(4));
  });
});

describe("frame", () => {
  it("says when nothing is live any more", async () => {
    const user = userEvent.setup();
    const { socket } = renderApp("/");
    await rowOf("edge-probe");
    expect(screen.getByTestId("live-state").dataset.state).toBe("live");
    act(() => socket.set({ state: "offline", since: new Date(), epoch: 1 }));
    expect(screen.getByTestId("live-state").dataset.state).toBe("offline");
    await user.click(screen.getByRole("button", { name: "Try now" }));
    expect(socket.retries).toBe(1);
  });

  it("keeps the colours that were chosen", async () => {
    const user = userEvent.setup();
    renderApp("/");
    await user.click(await screen.findByTestId("theme-toggle"));
    expect(document.documentElement.dataset.mantineColorScheme).toBe("dark");
    expect(localStorage.getItem("hindcast-color-scheme")).toBe("dark");
  });

  it("explains keys and states", async () => {
    const user = userEvent.setup();
    renderApp("/");
    await rowOf("edge-probe");
    await user.keyboard("?");
    expect(await screen.findByText("Search objectives")).toBeTruthy();
  });

  it("writes no style element, which the content policy would refuse", async () => {
    renderApp("/slos/checkout-availability?explain=1");
    await screen.findByTestId("explain-formula");
    expect(document.querySelectorAll("style")).toHaveLength(0);
  });

  it("knows addresses that lead nowhere", async () => {
    renderApp("/nowhere");
    expect(await screen.findByText("There is no page at this address")).toBeTruthy();
  });
});

describe("an SLO", () => {
  it("shows the budget with raw figures", async () => {
    renderApp("/slos/checkout-availability");
    const headline = await screen.findByTestId("budget-headline");
    expect(Number(headline.dataset.value)).toBeLessThan(0);
    expect(screen.getByTestId("budget-state").dataset.value).toBe("BREACHED");
    expect(screen.getByTestId("as-of").dataset.value).toMatch(/^\d{4}-.*Z$/);
    expect(screen.getAllByTestId("burn-rate-row")).toHaveLength(4);
  });

  it("writes what is unknown as unknown", async () => {
    renderApp("/slos/billing-run");
    expect((await screen.findByTestId("budget-headline")).dataset.value).toBe("");
    for (const id of ["budget-headline", "budget-sli", "budget-allowed"]) {
      const own = screen.getByTestId(id).firstChild?.textContent ?? "";
      expect(own).not.toMatch(/\d/);
    }
  });

  it("has a table behind each plot, with gaps in words", async () => {
    const user = userEvent.setup();
    renderApp("/slos/checkout-availability");
    for (const id of ["burn_down", "sli", "burn_rate", "volume"]) {
      expect(await screen.findByTestId(`plot-${id}`)).toBeTruthy();
    }
    await user.click(screen.getByTestId("table-toggle-sli"));
    const table = await screen.findByTestId("table-sli");
    expect(within(table).getAllByText("no data").length).toBeGreaterThan(2);
  });

  it("shows hostile labels as the text that they are", async () => {
    renderApp("/slos/checkout-availability");
    const rows = await screen.findAllByTestId("group-row");
    expect(rows.some((r) => r.textContent?.includes("<img src=x onerror=alert(1)>"))).toBe(true);
    expect(document.querySelector("img")).toBeNull();
  });

  it("puts another window and another objective into the address", async () => {
    const user = userEvent.setup();
    const { router } = renderApp("/slos/checkout-latency");
    await user.selectOptions(await screen.findByTestId("window-picker"), "7d");
    await waitFor(() => expect(router.state.location.search).toEqual({ window: "7d" }));
    await user.click(await screen.findByText(/within 1 s/));
    await waitFor(() =>
      expect(router.state.location.search).toEqual({ window: "7d", objective: "within 1 s" }),
    );
    await waitFor(() => expect(screen.getByTestId("budget-state").dataset.value).toBe("BREACHED"));
  });

  it("explains its number, and Escape closes the explanation", async () => {
    const user = userEvent.setup();
    const { router } = renderApp("/slos/checkout-availability");
    const open = await screen.findByTestId("explain-open");
    await user.click(open);
    expect((await screen.findByTestId("explain-formula")).textContent).toMatch(/remaining = 1 −/);
    expect(screen.getAllByTestId("explain-query")).toHaveLength(2);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(router.state.location.search).toEqual({}));
  });

  it("marks figures without a verdict as partial and promises nothing by them", async () => {
    renderApp("/slos/identity-sign-in");
    expect((await screen.findByTestId("budget-headline")).textContent).toMatch(/^partial .*%$/);
    expect(screen.getByTestId("budget-sli").textContent).toMatch(/^partial /);
    expect(screen.getByText(/too little for a verdict/)).toBeTruthy();
    expect(screen.queryByText(/full outage/)).toBeNull();
  });

  it("speaks of slices where slices are counted", async () => {
    const sliced = fleet.map((s) => ({ ...s, method: "TIMESLICES" as const }));
    renderApp("/slos/checkout-availability", { slos: sliced });
    expect((await screen.findByText(/allowed bad slices of 5 min/)).textContent).not.toMatch(/errors/);
    expect(screen.getByText("Bad slices")).toBeTruthy();
  });

  it("asks everything for exactly the objective, window, instant and group of its address", async () => {
    const asked = new Map<string, Record<string, unknown>>();
    const address = {
      objective: "availability",
      window: "7d",
      asOf: "2026-11-01T00:00:00Z",
      group: '{"region":"eu-west"}',
      explain: "1",
    };
    renderApp(`/slos/checkout-availability?${new URLSearchParams(address)}`, {
      before: (name, variables) => asked.set(name, variables),
    });
    await screen.findByTestId("explain-formula");
    await screen.findAllByTestId("group-row");
    const question = {
      name: "checkout-availability",
      objective: "availability",
      window: { duration: "7d", calendar: false, timeZone: "UTC" },
      asOf: "2026-11-01T00:00:00Z",
    };
    const group = { region: "eu-west" };
    expect(asked.get("SloDetail")).toMatchObject({ ...question, group });
    expect(asked.get("SloExplain")).toMatchObject({ ...question, group });
    expect(asked.get("SloGroups")).toMatchObject(question);
    expect(asked.get("SloPlots")).toMatchObject({ objective: "availability", group });
    const scope = screen.getByTestId("explain-scope").textContent;
    for (const part of ["availability (99.9 %)", "rolling 7 days", "2026-11-01", "region = eu-west"]) {
      expect(scope).toContain(part);
    }
  });

  it("shows one group's figures when it is chosen, and the whole again", async () => {
    const user = userEvent.setup();
    const { router } = renderApp("/slos/checkout-availability");
    const headline = await screen.findByTestId("budget-headline");
    const whole = headline.dataset.value;
    await user.click(await screen.findByRole("button", { name: "region = us-east" }));
    await waitFor(() => expect(screen.getByTestId("budget-headline").dataset.value).not.toBe(whole));
    const row = screen.getAllByTestId("group-row").find((r) => r.dataset.key?.includes("us-east"));
    const figure = row
      ?.querySelector("td span[data-value]:not([data-testid], [data-tone])")
      ?.getAttribute("data-value");
    expect(screen.getByTestId("budget-headline").dataset.value).toBe(figure);
    await user.click(screen.getByTestId("group-chosen"));
    await waitFor(() => expect(router.state.location.search).toEqual({}));
    await waitFor(() => expect(screen.getByTestId("budget-headline").dataset.value).toBe(whole));
  });

  it("shows no figures for a group that does not exist, and a way back", async () => {
    const user = userEvent.setup();
    renderApp(`/slos/checkout-availability?group=${encodeURIComponent('{"region":"typo"}')}`);
    expect(await screen.findByText(/has no group/)).toBeTruthy();
    expect(screen.queryByTestId("budget-headline")).toBeNull();
    await user.click(screen.getByTestId("group-chosen"));
    expect(await screen.findByTestId("budget-headline")).toBeTruthy();
  });

  it("shows no figures for an objective that it does not have", async () => {
    renderApp("/slos/checkout-latency?objective=within+9+s");
    expect(await screen.findByText("No such objective")).toBeTruthy();
    expect(screen.queryByTestId("budget-headline")).toBeNull();
  });

  it("shows what the last of several quick changes left", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      const { ping, world } = renderApp("/slos/checkout-availability");
      const before = (await screen.findByTestId("budget-headline")).dataset.value;
      act(() => ping()); // read at once, and still what it was
      await act(() => vi.advanceTimersByTimeAsync(500));
      world.slos = relaxed;
      act(() => ping()); // too soon after the first to be read at once
      await act(() => vi.advanceTimersByTimeAsync(10_000));
      expect(screen.getByTestId("budget-headline").dataset.value).not.toBe(before);
    } finally {
      vi.useRealTimers();
    }
  });

  it("reads anew what changed while there was no connection", async () => {
    const { socket, world } = renderApp("/slos/checkout-availability");
    const before = (await screen.findByTestId("budget-headline")).dataset.value;
    world.slos = relaxed;
    act(() => socket.set({ state: "live", since: null, epoch: 2 }));
    await waitFor(() => expect(screen.getByTestId("budget-headline").dataset.value).not.toBe(before));
  });

  it("that does not exist says so", async () => {
    renderApp("/slos/nothing");
    expect(await screen.findByText("No such objective")).toBeTruthy();
  });
});

describe("health", () => {
  it("shows problems with their position, and targets that are down first", async () => {
    renderApp("/health");
    expect(await screen.findByText("specs/search.yaml:14:9")).toBeTruthy();
    const targets = await screen.findByRole("region", { name: "Scrape targets" });
    expect(targets.textContent).toMatch(/connection refused/);
  });
});
