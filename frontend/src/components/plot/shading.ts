import type uPlot from "uplot";
import type { Band } from "./plot-data";

/** Colours of a plot, read from the style sheet when it is drawn. */
export interface Inks {
  text: string;
  grid: string;
  hatch: string;
  estimated: string;
  font: string;
}

/** The inks in force where an element stands. */
export function inksOf(element: Element): Inks {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: read("--muted"),
    grid: read("--plot-grid"),
    hatch: read("--hatch"),
    estimated: read("--state-stale-line"),
    font: `11px ${read("--font-sans")}`,
  };
}

interface Shaded {
  gaps: () => readonly Band[];
  estimated: () => readonly Band[];
  inks: () => Inks;
}

/** Hatches what is unknown and underlines what is estimated. */
export function shading({ gaps, estimated, inks }: Shaded): uPlot.Plugin {
  return {
    hooks: {
      drawClear: (u) => {
        const { ctx, bbox } = u;
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        for (const band of gaps()) {
          unknown(u, band, inks());
        }
        ctx.fillStyle = inks().estimated;
        for (const band of estimated()) {
          const left = u.valToPos(band.from, "x", true);
          const right = u.valToPos(band.to, "x", true);
          ctx.fillRect(
            left,
            bbox.top + bbox.height - 3 * devicePixelRatio,
            right - left,
            3 * devicePixelRatio,
          );
        }
        ctx.restore();
      },
    },
  };
}

/** Slanted lines over a stretch of the plot, in pixels; a negative slope leans to the left. */
export function hatch(
  u: uPlot,
  { left, right }: { left: number; right: number },
  ink: string,
  slope: 1 | -1,
): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, right - left, bbox.height);
  ctx.clip();
  ctx.strokeStyle = ink;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  // The lines stand on a grid of the whole plot, so that neighbouring bands look like one.
  const gap = 7 * devicePixelRatio;
  const start = Math.floor((left - bbox.height) / gap) * gap;
  const [foot, head] = slope > 0 ? [bbox.top + bbox.height, bbox.top] : [bbox.top, bbox.top + bbox.height];
  for (let x = start; x < right; x += gap) {
    ctx.moveTo(x, foot);
    ctx.lineTo(x + bbox.height, head);
  }
  ctx.stroke();
  ctx.restore();
}

function unknown(u: uPlot, band: Band, inks: Inks): void {
  const { bbox } = u;
  const left = Math.max(bbox.left, u.valToPos(band.from, "x", true));
  const right = Math.min(bbox.left + bbox.width, u.valToPos(band.to, "x", true));
  if (right - left >= 0.5) {
    hatch(u, { left, right }, inks.hatch, 1);
    label(u, left, right, inks);
  }
}

/** Says "no data" where there is room for it. */
function label(u: uPlot, left: number, right: number, inks: Inks): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.font = inks.font.replace("11px", `${11 * devicePixelRatio}px`);
  const text = "no data";
  const width = ctx.measureText(text).width;
  if (right - left > width + 16 * devicePixelRatio) {
    const middle = (left + right) / 2;
    ctx.fillStyle = getComputedStyle(u.root).getPropertyValue("--surface");
    ctx.fillRect(
      middle - width / 2 - 5 * devicePixelRatio,
      bbox.top + 7 * devicePixelRatio,
      width + 10 * devicePixelRatio,
      18 * devicePixelRatio,
    );
    ctx.fillStyle = inks.text;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillText(text, middle, bbox.top + 16 * devicePixelRatio);
  }
  ctx.restore();
}
