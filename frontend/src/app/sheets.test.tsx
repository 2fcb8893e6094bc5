import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { setActor } from "@/lib/actor";
import { renderApp } from "../../dev/test-app";

const patience = { timeout: 5000 }; // pages are loaded when they are first asked for

beforeEach(() => localStorage.clear());

const forms = [
  { name: "sla", path: "/slas", open: "sla-create", field: "sla-displayName" },
  { name: "exclusion", path: "/exclusions", open: "exclusion-create", field: "exclusion-title" },
  { name: "source", path: "/settings/sources", open: "source-connect", field: "source-name" },
];

describe.each(forms)("the sheet of a form: $name", ({ name, path, open, field }) => {
  it("closes by Escape and gives the focus back to what opened it", async () => {
    const user = userEvent.setup();
    renderApp(path);
    (await screen.findByTestId(open, undefined, patience)).focus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId(field)));
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId(`${name}-form`)).toBeNull());
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId(open)));
  });

  it("gives it to the title of the page if nothing opened it", async () => {
    const user = userEvent.setup();
    renderApp(`${path}?${name === "source" ? "connect" : "create"}=1`);
    await screen.findByTestId(field, undefined, patience);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(document.activeElement?.tagName).toBe("H1"));
  });

  it("keeps the focus inside", async () => {
    const user = userEvent.setup();
    renderApp(path);
    await user.click(await screen.findByTestId(open, undefined, patience));
    const sheet = await screen.findByRole("dialog");
    (await within(sheet).findByTestId(`${name}-save`)).focus();
    await user.tab();
    expect(sheet.contains(document.activeElement)).toBe(true);
    await user.tab({ shift: true });
    expect(sheet.contains(document.activeElement)).toBe(true);
  });

  it("asks before what was written is lost, and Escape stays", async () => {
    const user = userEvent.setup();
    renderApp(path);
    await user.click(await screen.findByTestId(open, undefined, patience));
    await user.type(await screen.findByTestId(field), "abc");
    await user.keyboard("{Escape}");
    expect(await screen.findByTestId(`${name}-unsaved`)).toBeTruthy();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId(`${name}-unsaved`)).toBeNull());
    expect(screen.getByTestId(field)).toHaveProperty("value", "abc");
    await user.keyboard("{Escape}");
    await user.click(await screen.findByTestId(`${name}-discard`));
    await waitFor(() => expect(screen.queryByTestId(`${name}-form`)).toBeNull());
  });
});

describe("a sheet whose content is replaced", () => {
  it("gives the focus to the first field once there is one", async () => {
    renderApp("/slas/shop-gold?edit=1");
    await screen.findByTestId("sla-form", undefined, patience);
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId("sla-displayName")));
  });
});

describe("what is deleted", () => {
  /** Deletes an agreement, which leads to the list of all. */
  async function deleted() {
    const user = userEvent.setup();
    const view = renderApp("/slas/shop-gold");
    await user.click(await screen.findByTestId("sla-delete", undefined, patience));
    const dialog = within(await screen.findByTestId("sla-delete-dialog"));
    await user.type(dialog.getByTestId("actor"), "Ann");
    await user.click(dialog.getByTestId("sla-delete-confirm"));
    await screen.findByTestId("undo");
    await waitFor(() => expect(view.router.state.location.pathname).toBe("/slas"));
    return { user, ...view };
  }

  it("is named before, with what goes and what stays", async () => {
    const user = userEvent.setup();
    renderApp("/slas/shop-gold");
    await user.click(await screen.findByTestId("sla-delete", undefined, patience));
    const dialog = await screen.findByTestId("sla-delete-dialog");
    expect(dialog.textContent).toMatch(/promised to nobody.*no longer have an agreement/);
    await user.keyboard("{Enter}"); // a hasty Enter keeps it
    await waitFor(() => expect(screen.queryByTestId("sla-delete-dialog")).toBeNull());
    expect(screen.queryByTestId("undo")).toBeNull();
  });

  it("is brought back as it was, on the page that follows too", async () => {
    const before = renderApp("/slas/shop-gold");
    const was = structuredClone(before.world.agreements.slas.find((s) => s.name === "shop-gold"));
    before.unmount();
    const { user, world } = await deleted();
    await user.click(screen.getByTestId("undo"));
    await waitFor(() => expect(screen.queryByTestId("undo")).toBeNull());
    const now = world.agreements.slas.find((s) => s.name === "shop-gold");
    expect(now).toMatchObject({
      targetPercent: was?.targetPercent,
      customers: was?.customers,
      credits: was?.credits,
      streams: was?.streams,
    });
    await waitFor(() => expect(screen.getAllByTestId("sla-card")).toHaveLength(2));
  });

  it("is brought back by the keyboard", async () => {
    const { user, world } = await deleted();
    await user.keyboard("{Control>}z{/Control}");
    await waitFor(() => expect(world.agreements.slas.map((s) => s.name)).toContain("shop-gold"));
  });

  it("says why it cannot be brought back, and can be tried again", async () => {
    const user = userEvent.setup();
    let taken = true;
    act(() => setActor("Ann"));
    renderApp("/settings/sources?source=staging", {
      before: (name) => {
        if (taken && name === "SaveSource") {
          throw new CombinedGraphQLErrors({ errors: [{ message: "staging is taken meanwhile" }] });
        }
      },
    });
    await user.click(await screen.findByTestId("source-delete", undefined, patience));
    await user.click(await screen.findByTestId("source-delete-confirm"));
    await user.click(await screen.findByTestId("undo"));
    const toast = within(screen.getByTestId("undo-toast"));
    expect(await toast.findByText(/could not be brought back: staging is taken meanwhile/)).toBeTruthy();
    taken = false;
    await user.click(screen.getByTestId("undo"));
    await waitFor(() => expect(screen.queryByTestId("undo")).toBeNull());
  });
});
