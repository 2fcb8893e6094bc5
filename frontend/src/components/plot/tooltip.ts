import type uPlot from "uplot";

/** One line of a tooltip. */
export interface TipLine {
  label: string;
  value: string;
  /** Name of the style-sheet variable of the line's colour. */
  ink?: string;
}

/** What a tooltip says about one point. */
export interface Tip {
  title: string;
  lines: TipLine[];
  note?: string;
  /** What was excluded or happened then. */
  marks?: readonly string[];
}

/**
 * A box beside the cursor. Everything in it is a text node: names of metrics
 * and values of labels may hold anything.
 */
export function tooltip(describe: (index: number) => Tip | null): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = "plot-tip";
  box.hidden = true;
  const hide = () => {
    box.hidden = true;
  };
  return {
    hooks: {
      init: (u) => {
        u.over.append(box);
        u.over.addEventListener("mouseleave", hide);
      },
      setCursor: (u) => {
        const index = u.cursor.idx;
        const left = u.cursor.left ?? -1;
        const tip = index == null || left < 0 ? null : describe(index);
        if (!tip) {
          hide();
          return;
        }
        box.replaceChildren(...nodes(tip));
        box.hidden = false;
        place(u, box, left);
      },
    },
  };
}

function place(u: uPlot, box: HTMLElement, left: number): void {
  const room = u.over.clientWidth;
  const width = box.offsetWidth;
  const beside = left + 14 + width > room ? left - 14 - width : left + 14;
  const x = Math.max(Math.min(0, room - width), beside);
  box.style.setProperty("transform", `translate(${x}px, 6px)`);
}

function nodes(tip: Tip): Node[] {
  const head = element("div", "plot-tip-title", tip.title);
  const lines = tip.lines.map((line) => {
    const row = element("div", "plot-tip-line");
    const key = element("span", "plot-tip-key");
    if (line.ink) {
      key.style.setProperty("background", `var(${line.ink})`);
    }
    row.append(
      key,
      element("span", "plot-tip-label", line.label),
      element("span", "plot-tip-value", line.value),
    );
    return row;
  });
  const notes = tip.note ? [element("div", "plot-tip-note", tip.note)] : [];
  const marks = (tip.marks ?? []).map((text) => element("div", "plot-tip-mark", text));
  return [head, ...lines, ...notes, ...marks];
}

function element(tag: string, className: string, text?: string): HTMLElement {
  const e = document.createElement(tag);
  e.className = className;
  if (text !== undefined) {
    e.textContent = text;
  }
  return e;
}
