import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { inventedAgreements, type MockSla } from "../../dev/mock/slas";
import { renderApp } from "../../dev/test-app";

beforeEach(() => localStorage.clear());

const row = async (period: string) => {
  const rows = await screen.findAllByTestId("sla-period");
  const found = rows.find((r) => r.dataset.period === period);
  if (!found) {
    throw new Error(`no row ${period} in ${rows.map((r) => r.dataset.period)}`);
  }
  return within(found);
};

/** The name of a month, so many before this one. */
const month = (ago: number) => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago, 1)).toISOString().slice(0, 7);
};

describe("the list of agreements", () => {
  it("is reached from every page and says how each promise stands", async () => {
    const user = userEvent.setup();
    const { router } = renderApp("/");
    await user.click(await screen.findByTestId("nav-slas"));
    const cards = await screen.findAllByTestId("sla-card");
    expect(cards.map((c) => c.dataset.sla)).toEqual(["search-standard", "shop-gold"]);
    const gold = within(cards[1] as HTMLElement);
    expect(gold.getByTestId("sla-achieved").textContent).toBe(
      `${gold.getByTestId("sla-achieved").dataset.value} %`,
    );
    expect(gold.getByTestId("sla-standing").dataset.value).toBe("Missed so far");
    expect(gold.getByTestId("sla-due").textContent).toMatch(/^120\.00 EUR \(10 %\) each of 2$/);
    await user.click(gold.getByTestId("sla-link"));
    await waitFor(() => expect(router.state.location.pathname).toBe("/slas/shop-gold"));
  });

  it("teaches what an agreement is while there is none", async () => {
    const user = userEvent.setup();
    renderApp("/slas", { agreements: { slas: [], statements: [] } });
    expect(await screen.findByText(/kind: SLA/)).toBeTruthy();
    await user.click(screen.getByTestId("sla-create"));
    expect(await screen.findByTestId("sla-form")).toBeTruthy();
  });
});

describe("the form of an agreement", () => {
  it("judges bands while they are typed, and says what they are worth", async () => {
    const user = userEvent.setup();
    renderApp("/slas?create=1");
    await user.type(await screen.findByTestId("sla-targetPercent"), "99.5");
    await user.type(screen.getByTestId("sla-customer-name"), "acme");
    await user.type(screen.getByTestId("sla-customer-fee"), "1200");
    await user.type(screen.getByTestId("sla-customer-currency"), "EUR");
    await user.click(screen.getByTestId("sla-credit-add"));
    const below = screen.getByTestId("sla-credit-below");
    expect(below).toHaveProperty("value", "99.5");
    await user.type(screen.getByTestId("sla-credit-credit"), "12.5");
    expect(screen.getByText("150.00 EUR to acme")).toBeTruthy();
    await user.type(below, "1");
    expect(screen.getByText(/Above the target of 99.5 %/)).toBeTruthy();
    await user.clear(below);
    await user.type(below, "99");
    expect(screen.queryByText(/Above the target/)).toBeNull();
  });

  it("makes an agreement, and shows what the server blames at its field", async () => {
    const user = userEvent.setup();
    const { router, world } = renderApp("/slas?create=1");
    await user.type(await screen.findByTestId("sla-displayName"), "Shop gold");
    expect(screen.getByTestId("sla-name")).toHaveProperty("value", "shop-gold");
    // The name is taken: the page knows it from the list.
    await user.click(screen.getByTestId("sla-save"));
    expect(screen.getByText(/agreement called shop-gold already/)).toBeTruthy();
    await user.type(screen.getByTestId("sla-name"), "-2");
    await user.type(screen.getByTestId("sla-targetPercent"), "99.90");
    await user.type(screen.getByTestId("sla-customer-name"), "acme");
    await user.click(screen.getByTestId("sla-streams-field"));
    await user.click(await screen.findByText(/Front door answers/));
    await user.click(screen.getByTestId("sla-save"));
    expect(world.agreements.slas).toHaveLength(2); // nobody said who makes it
    await user.type(screen.getByTestId("actor"), "Ann");
    await user.click(screen.getByTestId("sla-save"));
    await waitFor(() => expect(router.state.location.pathname).toBe("/slas/shop-gold-2"));
    expect(world.agreements.slas.find((s) => s.name === "shop-gold-2")).toMatchObject({
      targetPercent: "99.90",
      streams: [{ sloName: "edge-probe", objective: "" }],
      window: { duration: "1M" },
      by: "Ann",
    });
  });
});

describe("an agreement that two people change", () => {
  it("is not overwritten by who did not see the other change, unless they say so", async () => {
    const user = userEvent.setup();
    const { world } = renderApp("/slas/shop-gold");
    await user.click(await screen.findByTestId("sla-edit"));
    const title = await screen.findByTestId("sla-displayName");
    await user.type(title, " plus");
    await user.type(screen.getByTestId("actor"), "Ann");
    const theirs = { ...world.agreements.slas[1], displayName: "Theirs", etag: "9" } as MockSla;
    world.agreements.slas[1] = theirs;
    await user.click(screen.getByTestId("sla-save"));
    const notice = within(await screen.findByTestId("sla-outdated"));
    expect(notice.getByRole("link", { name: /theirs/ }).getAttribute("href")).toBe(window.location.href);
    expect(world.agreements.slas[1]).toBe(theirs);
    expect(title).toHaveProperty("value", "Shop, gold plus");
    await user.click(notice.getByTestId("sla-overwrite"));
    await waitFor(() =>
      expect(world.agreements.slas[1]).toMatchObject({ displayName: "Shop, gold plus", by: "Ann" }),
    );
    expect(screen.queryByTestId("sla-outdated")).toBeNull();
  });
});

describe("an agreement", () => {
  it("of a file is not changed here, and says where it is", async () => {
    renderApp("/slas/search-standard");
    expect((await screen.findByTestId("sla-origin")).textContent).toBe("slas.yaml:7");
    expect(screen.queryByTestId("sla-edit")).toBeNull();
    expect(screen.queryByTestId("sla-delete")).toBeNull();
  });

  it("says what is left in words and what would be due to each customer", async () => {
    renderApp("/slas/shop-gold");
    expect((await screen.findByTestId("sla-words")).textContent).toMatch(
      /of full outage .* that a month allows/,
    );
    expect(screen.getByTestId("sla-headline").dataset.value).toMatch(/^\d+\.\d+$/);
    const streams = within(screen.getByTestId("sla-streams"));
    expect(streams.getByRole("link", { name: "Checkout availability" }).getAttribute("href")).toBe(
      "/slos/checkout-availability?window=month&tz=UTC",
    );
  });

  it("issues a statement after it showed what is frozen, and not before the month is over", async () => {
    const user = userEvent.setup();
    const { router } = renderApp("/slas/shop-gold");
    const running = await row(month(0));
    expect(running.getByTestId("sla-issue")).toHaveProperty("disabled", true);
    expect(running.getByText("The month is not over yet.")).toBeTruthy();
    await user.click((await row(month(1))).getByTestId("sla-issue"));
    const dialog = within(await screen.findByTestId("issue-dialog"));
    expect((await dialog.findByTestId("issue-figures")).textContent).toMatch(/Achieved.*of 99\.9 %/);
    await user.click(dialog.getByTestId("issue-confirm"));
    expect(router.state.location.pathname).toBe("/slas/shop-gold"); // nobody said who issues it
    await user.type(dialog.getByTestId("actor"), "Ann");
    await user.click(dialog.getByTestId("issue-confirm"));
    await waitFor(() =>
      expect(router.state.location.pathname).toBe(`/slas/shop-gold/statements/acme/${month(1)}`),
    );
    expect((await screen.findByTestId("statement")).textContent).toMatch(/by Ann, revision 1/);
  });

  it("is deleted only after somebody was asked", async () => {
    const user = userEvent.setup();
    const { router, world } = renderApp("/slas/shop-gold");
    await user.click(await screen.findByTestId("sla-delete"));
    const dialog = within(await screen.findByTestId("sla-delete-dialog"));
    await user.type(dialog.getByTestId("actor"), "Ann");
    await user.click(dialog.getByTestId("sla-delete-confirm"));
    await waitFor(() => expect(router.state.location.pathname).toBe("/slas"));
    expect(world.agreements.slas.map((s) => s.name)).toEqual(["search-standard"]);
  });

  it("that is not there says so", async () => {
    renderApp("/slas/nothing");
    expect(await screen.findByText("No agreement is called nothing")).toBeTruthy();
  });
});

describe("a statement", () => {
  const correction = { what: "good events", was: "999", is: "1001" };

  /** A world with a statement of last month that late data changed. */
  async function drifted() {
    const user = userEvent.setup();
    const agreements = inventedAgreements();
    const view = renderApp(`/slas/shop-gold?issue=${month(1)}`, { agreements });
    const dialog = within(await screen.findByTestId("issue-dialog"));
    await user.type(dialog.getByTestId("actor"), "Ann");
    await dialog.findByTestId("issue-figures");
    await user.click(dialog.getByTestId("issue-confirm"));
    await screen.findByTestId("statement");
    view.unmount();
    (agreements.statements[0] as { drift: object[] }).drift = [correction];
    return { user, agreements };
  }

  it("says prominently that late data changed it, and is issued again with its corrections", async () => {
    const { user, agreements } = await drifted();
    const view = renderApp("/slas/shop-gold", { agreements });
    expect((await screen.findByTestId("sla-drift")).textContent).toMatch(
      /1 figure has changed since it was issued/,
    );
    const last = await row(month(1));
    expect(last.getByTestId("sla-period-drift").textContent).toBe("1 figure changed");
    await user.click(last.getByTestId("sla-issue"));
    const dialog = within(await screen.findByTestId("issue-dialog"));
    expect(dialog.getByText(/This makes revision 2/)).toBeTruthy();
    expect((await dialog.findByTestId("sla-corrections")).textContent).toMatch(/good events999.*1,001/);
    await dialog.findByTestId("issue-figures");
    await user.click(dialog.getByTestId("issue-confirm"));
    const corrections = within(await screen.findByTestId("statement-corrections"));
    expect(corrections.getByText("1,001")).toBeTruthy();
    view.unmount();
    renderApp(`/slas/shop-gold/statements/acme/${month(1)}?revision=1`, { agreements });
    expect((await screen.findByTestId("statement-older")).textContent).toMatch(
      /Revision 1 was replaced by revision 2/,
    );
    expect(screen.queryByTestId("statement-corrections")).toBeNull();
    await user.selectOptions(screen.getByTestId("statement-revision"), "2");
    expect(await screen.findByTestId("statement-corrections")).toBeTruthy();
  });

  it("leads to the same as HTML, JSON and CSV, and has its digest", async () => {
    const { agreements } = await drifted();
    renderApp(`/slas/shop-gold/statements/acme/${month(1)}`, { agreements });
    for (const format of ["html", "json", "csv"]) {
      expect((await screen.findByTestId(`statement-${format}`)).getAttribute("href")).toMatch(
        new RegExp(`\\.${format}$`),
      );
    }
    expect(screen.getByTestId("statement-digest").textContent).toMatch(/^[0-9a-f]{64}$/);
  });

  it("that nobody issued says so", async () => {
    renderApp("/slas/shop-gold/statements/acme/2020-01");
    expect(await screen.findByText("No statement of 2020-01 was issued to acme")).toBeTruthy();
  });
});
