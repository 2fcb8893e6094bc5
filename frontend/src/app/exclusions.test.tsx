import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { renderApp } from "../../dev/test-app";

const patience = { timeout: 5000 }; // pages are loaded when they are first asked for

beforeEach(() => localStorage.clear());

describe("exclusions", () => {
  it("teach what they are while there is none", async () => {
    renderApp("/exclusions");
    expect(await screen.findByText("Nothing is excluded", undefined, patience)).toBeTruthy();
    expect(screen.queryByTestId("pending")).toBeNull();
  });

  it("show the month of the address, and go on to the next", async () => {
    const user = userEvent.setup();
    const { router } = renderApp("/exclusions?month=2026-12");
    expect((await screen.findByTestId("month", undefined, patience)).dataset.month).toBe("2026-12");
    await user.click(screen.getByTestId("month-next"));
    await waitFor(() => expect(router.state.location.search).toEqual({ month: "2027-01" }));
    expect(screen.getByTestId("month-name").textContent).toBe("January 2027");
  });

  it("ask the server nothing while the form is incomplete, and say what is missing", async () => {
    const user = userEvent.setup();
    const asked: string[] = [];
    renderApp("/exclusions?create=1", { before: (name) => asked.push(name) });
    await user.click(await screen.findByTestId("exclusion-save", undefined, patience));
    expect(screen.getByText(/Write what it is/)).toBeTruthy();
    expect(screen.getByText(/Choose what it is about/)).toBeTruthy();
    expect(screen.getByText(/Write your name/)).toBeTruthy();
    expect(asked).not.toContain("SaveExclusion");
    expect(asked).not.toContain("PreviewExclusion");
  });
});

describe("alerts", () => {
  it("say that nothing fires and that nobody would be told", async () => {
    renderApp("/alerts");
    expect(await screen.findByTestId("no-alerts", undefined, patience)).toBeTruthy();
    expect(screen.getByText(/told to nobody/)).toBeTruthy();
  });
});
