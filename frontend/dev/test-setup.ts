import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// How fast the machine is decides no test.
configure({ asyncUtilTimeout: 15_000 });

// jsdom has no layout: what asks for it gets an answer that changes nothing.
window.matchMedia = (query) =>
  ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }) as unknown as MediaQueryList;
class Observer {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
  takeRecords(): [] {
    return [];
  }
}
vi.stubGlobal("ResizeObserver", Observer);
vi.stubGlobal("IntersectionObserver", Observer);
Element.prototype.scrollIntoView = () => undefined;
window.scrollTo = () => undefined;

afterEach(cleanup);
