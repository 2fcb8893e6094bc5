import type uPlot from "uplot";
import type { Band } from "./plot-data";
import { hatch } from "./shading";

/** Something that a stretch of time stands out by. */
export interface Mark extends Band {
  kind: "excluded" | "happened";
  text: string;
}

/** Colours of marks, read from the style sheet when they are drawn. */
export interface MarkInks {
  excluded: string;
  veil: string;
  happened: string;
}

/** The inks in force where an element stands. */
export function markInks(element: Element): MarkInks {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    excluded: read("--excluded"),
    veil: read("--excluded-surface"),
    happened: read("--state-risk-line"),
  };
}

// What lasted a minute is a pixel or less on a month: it is drawn as wide as can be seen.
const LEAST = 2;
const TAB = 5;

/** Draws what is excluded as hatched bands, and what happened as bars along the top. */
export function marking(marks: () => readonly Mark[], inks: () => MarkInks): uPlot.Plugin {
  return {
    hooks: {
      drawClear: (u) => {
        const { ctx, bbox } = u;
        const { excluded, veil, happened } = inks();
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        for (const mark of marks()) {
          const left = u.valToPos(mark.from, "x", true);
          const width = Math.max(u.valToPos(mark.to, "x", true) - left, LEAST * devicePixelRatio);
          if (mark.kind === "excluded") {
            ctx.fillStyle = veil;
            ctx.fillRect(left, bbox.top, width, bbox.height);
            hatch(u, { left, right: left + width }, excluded, -1);
          } else {
            ctx.fillStyle = happened;
            ctx.fillRect(left, bbox.top, width, TAB * devicePixelRatio);
          }
        }
        ctx.restore();
      },
    },
  };
}

/** What a reader is told of the marks on a point that stands for (at − step, at]. */
export function marksAt(marks: readonly Mark[], at: number, step: number): string[] {
  return [...new Set(marks.filter((m) => m.from < at && m.to > at - step).map((m) => m.text))];
}
