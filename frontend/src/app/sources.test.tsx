import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { setActor } from "@/lib/actor";
import { inventedSources } from "../../dev/mock/sources";
import { renderApp } from "../../dev/test-app";

beforeEach(() => act(() => setActor("Ann")));

const card = async (name: string) => {
  const cards = await screen.findAllByTestId("source-card");
  const found = cards.find((c) => c.dataset.source === name);
  if (!found) {
    throw new Error(`no card of ${name}`);
  }
  return within(found);
};

const names = () => screen.getAllByTestId("source-card").map((c) => c.dataset.source);

describe("the list of sources", () => {
  it("is reached from every page and says how each is doing", async () => {
    const user = userEvent.setup();
    renderApp("/");
    await user.click(await screen.findByTestId("nav-settings"));
    const logs = await card("logs");
    expect(logs.getByTestId("source-status").dataset.value).toBe("FAILING");
    expect(logs.getByTestId("source-problem").textContent).toMatch(/401.*make a new key/);
    expect((await card("staging")).getByTestId("source-lag").textContent).toBe("—");
  });

  it("opens a source by its address, and closes it", async () => {
    const user = userEvent.setup();
    const { router } = renderApp("/settings/sources?source=shop-prometheus");
    const shop = await card("shop-prometheus");
    expect(await shop.findByText("bearer token, secret from environment HINDCAST_SECRET_SHOP")).toBeTruthy();
    expect(await shop.findByRole("link", { name: "Checkout availability" })).toBeTruthy();
    expect(shop.queryByTestId("source-next")).toBeNull();
    await user.click(shop.getByTestId("source-toggle"));
    await waitFor(() => expect(router.state.location.search).toEqual({}));
    expect(shop.queryByTestId("source-details")).toBeNull();
  });

  it("says what to do next with a source that nothing measures on", async () => {
    renderApp("/settings/sources?source=staging");
    expect((await screen.findByTestId("source-snippet")).textContent).toMatch(/metricSourceRef: staging/);
  });

  it("does not offer to change what is defined in a file, and says where", async () => {
    renderApp("/settings/sources?source=logs");
    const logs = await card("logs");
    expect(await logs.findByText(/defined in sources.yaml:12/)).toBeTruthy();
    expect(logs.queryByTestId("source-edit")).toBeNull();
    expect(logs.queryByTestId("source-delete")).toBeNull();
  });

  it("tests a source where it stands", async () => {
    const user = userEvent.setup();
    renderApp("/settings/sources?source=logs");
    const logs = await card("logs");
    expect(logs.getByTestId("source-test").dataset.ok).toBe("false");
    await user.click(logs.getByTestId("source-probe"));
    await waitFor(() => expect(logs.getByTestId("source-test").dataset.ok).toBe("true"));
  });

  it("says how to begin while there is only the embedded one", async () => {
    renderApp("/settings/sources", { sources: inventedSources().slice(0, 1) });
    expect(await screen.findByText("No other source is connected")).toBeTruthy();
  });

  it("says what to do when the server does not answer, and recovers", async () => {
    const user = userEvent.setup();
    let down = true;
    renderApp("/settings/sources", {
      before: (name) => {
        if (down && name === "SourceList") {
          throw new TypeError("Failed to fetch");
        }
      },
    });
    expect(await screen.findByText("Hindcast does not answer")).toBeTruthy();
    down = false;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await card("staging")).toBeTruthy();
  });
});

/** Opens the form and fills in what every source has. */
async function fill(name: string, url: string) {
  const user = userEvent.setup();
  await user.click(await screen.findByTestId("source-connect"));
  for (const [field, text] of [
    ["source-name", name],
    ["source-url", url],
  ] as const) {
    await user.click(await screen.findByTestId(field));
    await user.paste(text);
  }
  return user;
}

describe("connecting a source", () => {
  it("tests it, saves it and shows what to do next", async () => {
    const asked: string[] = [];
    const { router } = renderApp("/settings/sources", { before: (name) => asked.push(name) });
    const user = await fill("main", "http://prometheus.example");
    await user.click(screen.getByTestId("source-save"));
    expect((await screen.findByTestId("source-snippet")).textContent).toMatch(/metricSourceRef: main/);
    expect(router.state.location.search).toEqual({ source: "main" });
    expect(screen.queryByTestId("source-form")).toBeNull();
    expect(asked.filter((a) => a === "TestSource" || a === "SaveSource")).toEqual([
      "TestSource",
      "SaveSource",
    ]);
  });

  it("is tested by anybody, and saved by somebody", async () => {
    act(() => setActor(""));
    const asked: string[] = [];
    renderApp("/settings/sources", { before: (name) => asked.push(name) });
    const user = await fill("main", "http://prometheus.example");
    await user.click(screen.getByTestId("source-try"));
    await waitFor(() => expect(screen.getByTestId("source-test").dataset.ok).toBe("true"));
    expect(screen.getByTestId("actor").getAttribute("aria-invalid")).not.toBe("true");
    await user.click(screen.getByTestId("source-save"));
    expect(screen.getByTestId("actor").getAttribute("aria-invalid")).toBe("true");
    expect(asked).not.toContain("SaveSource");
  });

  it("shows what is wrong at the field, and asks the server nothing", async () => {
    const asked: string[] = [];
    renderApp("/settings/sources", { before: (name) => asked.push(name) });
    const user = await fill("staging", "prometheus");
    await user.click(screen.getByTestId("source-save"));
    const form = within(screen.getByTestId("source-form"));
    expect(form.getByText(/source called staging already/)).toBeTruthy();
    expect(form.getByText(/beginning with http/)).toBeTruthy();
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId("source-name")));
    expect(asked).not.toContain("TestSource");
  });

  it("saves nothing that does not work, unless it is told to", async () => {
    const asked: string[] = [];
    renderApp("/settings/sources", { before: (name) => asked.push(name) });
    const user = await fill("main", "http://refused.example");
    await user.click(screen.getByTestId("source-save"));
    const message = await screen.findByTestId("source-test-message");
    expect(message.textContent).toBe("the server refuses connections");
    expect(screen.getByTestId("source-url").getAttribute("aria-invalid")).toBe("true");
    expect(asked).not.toContain("SaveSource");
    await user.click(screen.getByTestId("source-save-anyway"));
    await waitFor(() => expect(names()).toContain("main"));
  });

  it("shows at its field what the server refuses", async () => {
    renderApp("/settings/sources");
    const user = await fill("main", "http://forbidden.example");
    await user.click(screen.getByTestId("source-try"));
    expect(await screen.findByText(/allow it in hindcast.yaml/)).toBeTruthy();
    expect(screen.getByTestId("source-url").getAttribute("aria-invalid")).toBe("true");
    await user.type(screen.getByTestId("source-url"), "/path");
    expect(screen.queryByText(/allow it in hindcast.yaml/)).toBeNull();
  });

  it("does not lose what was written by accident", async () => {
    const { router } = renderApp("/settings/sources");
    const user = await fill("main", "http://prometheus.example");
    await user.keyboard("{Escape}");
    await user.click(await screen.findByRole("button", { name: "Keep editing" }));
    expect((screen.getByTestId("source-name") as HTMLInputElement).value).toBe("main");
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    await user.click(await screen.findByTestId("source-discard"));
    await waitFor(() => expect(router.state.location.search).toEqual({}));
    expect(screen.queryByTestId("source-form")).toBeNull();
  });

  it("closes at once while nothing was written", async () => {
    const user = userEvent.setup();
    const { router } = renderApp("/settings/sources?connect=1");
    await screen.findByTestId("source-form");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(router.state.location.search).toEqual({}));
  });
});

describe("changing a source", () => {
  it("asks for the secret's name again when the address is another one", async () => {
    const user = userEvent.setup();
    renderApp("/settings/sources?edit=shop-prometheus");
    const secret = (await screen.findByTestId("source-secret")) as HTMLInputElement;
    expect(secret.value).toBe("HINDCAST_SECRET_SHOP");
    expect((screen.getByTestId("source-name") as HTMLInputElement).readOnly).toBe(true);
    await user.type(screen.getByTestId("source-url"), "2");
    expect(secret.value).toBe("");
    expect(screen.getByTestId("source-secret-cleared").textContent).toMatch(/token has to be named again/);
    await user.click(screen.getByTestId("source-save"));
    expect(await screen.findByText(/not the secret itself/)).toBeTruthy();
  });

  it("sends the whole definition with its id", async () => {
    const sent: Record<string, unknown>[] = [];
    const user = userEvent.setup();
    renderApp("/settings/sources?edit=shop-prometheus", {
      before: (name, variables) => void (name === "SaveSource" && sent.push(variables)),
    });
    await user.click(await screen.findByText("Tenant, headers, TLS, limits"));
    await user.clear(await screen.findByTestId("source-tenant"));
    await user.click(screen.getByTestId("source-save"));
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]?.by).toBe("Ann");
    expect(sent[0]?.input).toMatchObject({
      id: "Source:shop-prometheus",
      etag: "0",
      tenant: null,
      secretEnv: "HINDCAST_SECRET_SHOP",
      headers: [{ name: "X-Team", value: "reliability" }],
    });
  });

  it("says so if it is gone", async () => {
    renderApp("/settings/sources?edit=nothing");
    expect(await screen.findByText("No source is called nothing")).toBeTruthy();
  });
});

describe("deleting a source", () => {
  it("asks first, and can be taken back", async () => {
    const user = userEvent.setup();
    renderApp("/settings/sources?source=staging");
    await user.click(await (await card("staging")).findByTestId("source-delete"));
    await user.click(await screen.findByTestId("source-delete-confirm"));
    await waitFor(() => expect(names()).not.toContain("staging"));
    await user.click(screen.getByTestId("undo"));
    await waitFor(() => expect(names()).toContain("staging"));
    expect(screen.queryByTestId("undo")).toBeNull();
    await user.click((await card("staging")).getByTestId("source-toggle"));
    const done = within(await screen.findByTestId("audit")).getAllByRole("listitem");
    expect(done.map((d) => d.textContent?.replace(/^.*(?=Ann)/, ""))).toEqual(["Ann created", "Ann deleted"]);
  });

  it("is refused while objectives measure on it, and names them", async () => {
    const user = userEvent.setup();
    renderApp("/settings/sources?source=shop-prometheus");
    const shop = await card("shop-prometheus");
    await shop.findByRole("link", { name: "Checkout availability" });
    await user.click(shop.getByTestId("source-delete"));
    const dialog = within(await screen.findByTestId("source-delete-dialog"));
    expect(dialog.getByText("checkout-availability")).toBeTruthy();
    expect(dialog.queryByTestId("source-delete-confirm")).toBeNull();
  });
});
