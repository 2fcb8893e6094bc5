import { renderHook } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { useHeld } from "./held";

const show = (first: Parameters<typeof useHeld<string>>[0]) =>
  renderHook((props) => useHeld(props), { initialProps: first });

describe("an answer that is held", () => {
  const week = { data: "week", loading: false, about: "api", question: { window: "7d" } };
  const day = { data: undefined, loading: true, about: "api", question: { window: "1d" } };

  it("stays while another question is read", () => {
    const { result, rerender } = show(week);
    rerender(day);
    expect(result.current).toBe("week");
    rerender({ ...day, data: "day" });
    expect(result.current).toBe("day");
  });

  it("goes when the other question fails: no figure under the name of another", () => {
    const { result, rerender } = show(week);
    rerender({ ...day, loading: false });
    expect(result.current).toBeUndefined();
  });

  it("stays when its own question fails the next time", () => {
    const { result, rerender } = show(week);
    rerender({ ...week, data: undefined, loading: false, question: { window: "7d" } });
    expect(result.current).toBe("week");
  });

  it("never shows under the name of something else", () => {
    const { result, rerender } = show(week);
    rerender({ ...day, about: "web" });
    expect(result.current).toBeUndefined();
  });
});
