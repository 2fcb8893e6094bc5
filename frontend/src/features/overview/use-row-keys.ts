import { useHotkeys } from "@mantine/hooks";

/** The link after or before the one that has the focus; the first one if none has. */
export function neighbour(
  links: readonly HTMLElement[],
  active: Element | null,
  step: 1 | -1,
): HTMLElement | undefined {
  const at = active instanceof HTMLElement ? links.indexOf(active) : -1;
  return at < 0 ? links[0] : links[Math.min(links.length - 1, Math.max(0, at + step))];
}

/** j and k move through the rows; Enter follows the link as it does everywhere. */
export function useRowKeys(list: HTMLElement | null): void {
  const move = (step: 1 | -1) => () => {
    const links = [...(list?.querySelectorAll<HTMLElement>("a[data-row-link]") ?? [])];
    const next = neighbour(links, document.activeElement, step);
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  useHotkeys([
    ["j", move(1)],
    ["k", move(-1)],
  ]);
}
