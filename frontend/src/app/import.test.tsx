import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { LIMIT } from "@/features/imports/drafts";
import { renderApp } from "../../dev/test-app";

beforeEach(() => localStorage.clear());

const text = async () => (await screen.findByTestId("import-text")) as HTMLTextAreaElement;

describe("the import", () => {
  it("is offered where nothing is defined yet", async () => {
    const user = userEvent.setup();
    const { router } = renderApp("/", { slos: [] });
    await user.click(await screen.findByTestId("empty-import"));
    await waitFor(() => expect(router.state.location.pathname).toBe("/import"));
    expect(await screen.findByTestId("import-zone")).toBeTruthy();
  });

  it("shows what an example changes, imports it, and says how far its budget is", async () => {
    const user = userEvent.setup();
    const { world } = renderApp("/import");
    const [sloth] = await screen.findAllByTestId("import-example");
    await user.click(sloth as HTMLElement);
    expect((await screen.findByTestId("import-format")).dataset.value).toBe("SLOTH");
    expect(screen.getByTestId("import-changes").textContent).toMatch(/new.*sign-ins/);
    expect(screen.getByTestId("import-window")).toHaveProperty("value", "30d");
    expect(world.documents).toEqual([]); // a look saves nothing
    await user.click(screen.getByTestId("import-apply"));
    expect(world.documents).toEqual([]); // nobody said who imports it
    await user.type(screen.getByTestId("actor"), "Ann");
    await user.click(screen.getByTestId("import-apply"));
    expect((await screen.findByTestId("imported")).textContent).toMatch(
      /1 document with 1 objective imported/,
    );
    expect(world.documents).toMatchObject([
      { path: "sloth-example.yaml", savedBy: "Ann", slos: ["sign-ins"] },
    ]);
    expect((await screen.findByTestId("document")).dataset.path).toBe("sloth-example.yaml");
    expect(screen.queryByTestId("import-draft")).toBeNull();
  });

  it("asks for the window of what has none only, and asks again when another is chosen", async () => {
    const user = userEvent.setup();
    const asked: unknown[] = [];
    renderApp("/import", {
      before: (operation, variables) => {
        if (operation === "PreviewImport") {
          asked.push((variables.document as { window: string }).window);
        }
      },
    });
    const [sloth] = await screen.findAllByTestId("import-example");
    await user.click(sloth as HTMLElement);
    await user.selectOptions(await screen.findByTestId("import-window"), "7d");
    await waitFor(() => expect(asked).toEqual(["30d", "7d"]));
    expect(screen.getByText(/rolling 7d/)).toBeTruthy();
  });

  it("leads from a problem to its line, imports nothing while there is one, and reads what is corrected", async () => {
    const user = userEvent.setup();
    renderApp("/import");
    const [sloth] = await screen.findAllByTestId("import-example");
    await user.click(sloth as HTMLElement);
    await screen.findByTestId("import-format");
    const area = await text();
    const wrong = area.value.replace("99.5", "199.5");
    await user.clear(area);
    await user.click(area);
    await user.paste(wrong);
    await user.click(await screen.findByTestId("import-problem"));
    expect(area.value.slice(area.selectionStart, area.selectionEnd)).toBe("    objective: 199.5");
    expect(screen.getByTestId("import-apply")).toHaveProperty("disabled", true);
    await user.clear(area);
    await user.click(area);
    await user.paste(wrong.replace("199.5", "99.5"));
    await waitFor(() => expect(screen.getByTestId("import-apply")).toHaveProperty("disabled", false));
    expect(screen.queryByTestId("import-problem")).toBeNull();
  });

  it("takes several files, each with a name of its own, and refuses what is too large before it is sent", async () => {
    const user = userEvent.setup({ applyAccept: false });
    const sent: string[] = [];
    renderApp("/import", { before: (operation) => void sent.push(operation) });
    const zone = await screen.findByTestId("import-zone");
    const input = zone.querySelector("input") as HTMLInputElement;
    const pyrra = 'kind: ServiceLevelObjective\nmetadata:\n  name: answers\nspec:\n  target: "99"\n';
    await user.upload(input, [
      new File([pyrra], "A b.yml"),
      new File([pyrra.replace("answers", "writes")], "a-b.yaml"),
      new File(["x".repeat(LIMIT + 1)], "huge.yaml"),
    ]);
    expect(within(zone).getByRole("alert").textContent).toMatch(
      /60 KiB is the most.*huge\.yaml \(60\.1 KiB\)/,
    );
    const tabs = await screen.findAllByTestId("import-tab");
    await waitFor(() =>
      expect(tabs.map((t) => t.textContent)).toEqual(["a-b.yaml1 objective", "a-b-2.yaml1 objective"]),
    );
    expect(sent.filter((o) => o === "PreviewImport")).toHaveLength(2);
    await user.type(screen.getByTestId("actor"), "Ann");
    await user.click(screen.getByRole("button", { name: "Import 2 documents" }));
    expect((await screen.findByTestId("imported")).textContent).toMatch(/2 documents with 2 objectives/);
  });

  it("imports nothing of what turns out to be impossible, and says why", async () => {
    const user = userEvent.setup();
    const { world } = renderApp("/import");
    await user.click(await screen.findByTestId("import-paste"));
    await user.click(await text());
    await user.paste('version: "prometheus/v1"\nslos:\n  - name: "taken-elsewhere"\n');
    await user.type(screen.getByTestId("actor"), "Ann");
    await waitFor(() => expect(screen.getByTestId("import-apply")).toHaveProperty("disabled", false));
    await user.click(screen.getByTestId("import-apply"));
    expect((await screen.findByTestId("import-problems")).textContent).toMatch(/defined meanwhile/);
    expect(screen.queryByTestId("imported")).toBeNull();
    expect(world.documents).toEqual([]);
  });

  it("deletes a document and takes that back", async () => {
    const user = userEvent.setup();
    const document = {
      id: "Document:shop.yaml",
      path: "shop.yaml",
      text: 'version: "prometheus/v1"\nslos:\n  - name: "orders"\n',
      savedAt: "2026-11-01T10:00:00Z",
      savedBy: "Ben",
      format: "SLOTH",
      slos: ["orders"],
      original: null,
    };
    const { world } = renderApp("/import", { documents: [document] });
    await user.click(await screen.findByTestId("document-delete"));
    await user.type(await screen.findByTestId("actor"), "Ann");
    expect(world.documents).toHaveLength(1); // nobody had said who deletes it
    await user.click(screen.getByTestId("document-delete"));
    await waitFor(() => expect(world.documents).toEqual([]));
    await user.click(await screen.findByTestId("undo"));
    await waitFor(() => expect(world.documents).toMatchObject([{ path: "shop.yaml", slos: ["orders"] }]));
    expect((await screen.findByTestId("document")).dataset.path).toBe("shop.yaml");
    await user.click(screen.getByRole("button", { name: "Open shop.yaml" }));
    expect((await text()).value).toBe(document.text);
  });

  it("does not lose what is written without asking", async () => {
    const user = userEvent.setup();
    const { router } = renderApp("/import");
    await user.click(await screen.findByTestId("import-paste"));
    await user.type(await text(), "version: x");
    await user.click(screen.getByTestId("nav-slas"));
    expect(await screen.findByRole("alertdialog")).toBeTruthy();
    expect(router.state.location.pathname).toBe("/import");
    await user.click(screen.getByTestId("import-discard"));
    await waitFor(() => expect(router.state.location.pathname).toBe("/slas"));
  });
});
