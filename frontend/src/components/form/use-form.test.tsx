import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { act, renderHook } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { setActor } from "@/lib/actor";
import { useForm } from "./use-form";

interface Order {
  title: string;
  amount: string;
}

const refusal = (field?: string) =>
  new CombinedGraphQLErrors({
    errors: [{ message: "not like this", extensions: { code: "INVALID", ...(field ? { field } : {}) } }],
  });

const render = (initial: Order = { title: "", amount: "1" }) =>
  renderHook(() =>
    useForm<Order, keyof Order>({
      initial,
      errorsOf: (f) => (f.title.trim() === "" ? { title: "Write a title." } : {}),
      placeOf: (field) => (field === "title" || field === "amount" ? field : null),
      meaning: (f) => ({ ...f, title: f.title.trim() }),
    }),
  ).result;

describe("a form", () => {
  beforeEach(() => act(() => setActor("Ann")));

  it("says what is wrong once a field was left, and not before", () => {
    const it = render();
    expect(it.current.errors).toEqual({});
    act(() => it.current.bind("title").onBlur());
    expect(it.current.errors).toEqual({ title: "Write a title." });
  });

  it("is not sent while something is wrong with it", async () => {
    const it = render();
    const run = vi.fn(async () => undefined);
    await act(() => it.current.send(run));
    expect(run).not.toHaveBeenCalled();
    expect(it.current.errors.title).toBe("Write a title.");
    expect(it.current.attempts).toBe(1);
    await act(() => it.current.send(run, true)); // to delete it, it need not be right
    expect(run).toHaveBeenCalledExactlyOnceWith("Ann");
  });

  it("is not sent by nobody", async () => {
    act(() => setActor("  "));
    const it = render({ title: "a", amount: "1" });
    const run = vi.fn(async () => undefined);
    expect(it.current.nameless).toBe(false);
    await act(() => it.current.send(run));
    expect(run).not.toHaveBeenCalled();
    expect(it.current.nameless).toBe(true);
  });

  it("keeps what was written and shows at its field what the server refuses, until it is another form", async () => {
    const it = render({ title: "a", amount: "1" });
    act(() => it.current.change({ amount: "-1" }));
    await act(() => it.current.send(() => Promise.reject(refusal("amount"))));
    expect(it.current.errors).toEqual({ amount: "not like this" });
    expect(it.current.form).toEqual({ title: "a", amount: "-1" });
    expect(it.current.trouble).toBeNull();
    act(() => it.current.change({ amount: "2" }));
    expect(it.current.errors).toEqual({});
  });

  it.each([undefined, "nowhere"])("shows below it what names no field of it: %s", async (field) => {
    const it = render({ title: "a", amount: "1" });
    await act(() => it.current.send(() => Promise.reject(refusal(field))));
    expect(it.current.errors).toEqual({});
    expect(it.current.trouble?.detail).toBe("not like this");
    await act(() => it.current.send(async () => undefined));
    expect(it.current.trouble).toBeNull();
  });

  it("is sent with what it was opened on, until it is sent in place of whatever is there", async () => {
    const { result: it, rerender } = renderHook(
      ({ etag }) =>
        useForm<Order, keyof Order>({
          initial: { title: "a", amount: "1" },
          errorsOf: () => ({}),
          placeOf: () => null,
          etag,
        }),
      { initialProps: { etag: "1" } },
    );
    rerender({ etag: "2" }); // somebody else saved, and the page learned it
    expect(it.current.etag()).toBe("1");
    await act(() => it.current.send(() => Promise.reject(refusal("etag"))));
    expect(it.current).toMatchObject({ outdated: true, trouble: null });
    act(() => it.current.change({ title: "b" }));
    expect(it.current.outdated).toBe(true);
    act(() => it.current.overwrite());
    await act(() => it.current.send(async () => undefined));
    expect(it.current.outdated).toBe(false);
    expect(it.current.etag()).toBeNull();
  });

  it("asks for another name where the server refuses this one", async () => {
    const it = render({ title: "a", amount: "1" });
    await act(() => it.current.send(() => Promise.reject(refusal("by"))));
    expect(it.current.nameless).toBe(true);
    expect(it.current.trouble).toBeNull();
  });

  it("knows whether it would send something else than it did", () => {
    const it = render({ title: "a", amount: "1" });
    act(() => it.current.change({ title: "a " }));
    expect(it.current.dirty).toBe(false);
    act(() => it.current.change({ amount: "2" }));
    expect(it.current.dirty).toBe(true);
  });
});
