import { UNKNOWN } from "@/lib/number";
import classes from "./BudgetBar.module.css";

/** How a bar is filled: left of the middle line what is overdrawn, right of it what is left. */
export interface BarShape {
  kind: "left" | "overdrawn" | "unknown";
  /** Share of the side that is filled, 0 to 1. */
  fill: number;
  /** More is overdrawn than the bar can show. */
  clipped: boolean;
}

/** A bar shows at most one whole budget overdrawn; beyond that the number speaks. */
export function barShape(remaining: number | null): BarShape {
  if (remaining === null || !Number.isFinite(remaining)) {
    return { kind: "unknown", fill: 0, clipped: false };
  }
  if (remaining < 0) {
    return { kind: "overdrawn", fill: Math.min(1, -remaining), clipped: remaining < -1 };
  }
  return { kind: "left", fill: Math.min(1, remaining), clipped: false };
}

interface BudgetBarProps {
  remaining: number | null;
  tone: string;
  tall?: boolean;
  /** The figure stands on too little of the window to be a verdict. */
  partial?: boolean;
}

/** Remaining budget as a bar around a zero line. Unknown is hatched: it is neither empty nor full. */
export function BudgetBar({ remaining, tone, tall = false, partial = false }: BudgetBarProps) {
  const shape = barShape(remaining);
  // Fills are widths of an SVG: attributes need no style attribute, which a content policy may refuse.
  const zero = 30;
  const width = shape.kind === "left" ? shape.fill * 70 : shape.fill * zero;
  return (
    <svg
      className={classes.bar}
      data-tone={tone}
      data-tall={tall || undefined}
      data-partial={partial || undefined}
      viewBox="0 0 100 10"
      preserveAspectRatio="none"
      role="img"
      aria-label={
        shape.kind === "unknown"
          ? `unknown (${UNKNOWN})`
          : shape.kind === "left"
            ? `budget left${partial ? ", by partial figures" : ""}`
            : `overdrawn${partial ? ", by partial figures" : ""}`
      }
    >
      <rect className={classes.debt} x="0" y="2" width={zero - 0.5} height="6" />
      <rect
        className={shape.kind === "unknown" ? classes.unknown : classes.track}
        x={zero}
        y="0"
        width="70"
        height="10"
      />
      {shape.kind === "left" && (
        <rect className={classes.fill} x={zero} y="0" width={Math.max(width, 0.6)} height="10" />
      )}
      {shape.kind === "overdrawn" && (
        <rect
          className={classes.over}
          x={zero - Math.max(width, 0.8)}
          y="0"
          width={Math.max(width, 0.8)}
          height="10"
        />
      )}
      {shape.clipped && <path className={classes.clip} d="M2 0 0 5l2 5M5 0 3 5l2 5" />}
      <rect className={classes.zero} x={zero - 0.4} y="0" width="0.8" height="10" />
      {shape.kind === "unknown" && <path className={classes.hatch} d={hatching(zero, 70)} />}
      {partial && shape.kind === "left" && <path className={classes.hatch} d={hatching(zero, width)} />}
      {partial && shape.kind === "overdrawn" && (
        <path className={classes.hatch} d={hatching(zero - width, width)} />
      )}
    </svg>
  );
}

/** Slanted strokes over a stretch of the bar. */
function hatching(from: number, width: number): string {
  const strokes = Math.max(1, Math.floor(width / 2.5));
  return Array.from({ length: strokes }, (_, i) => `M${from + i * 2.5} 10l2.5-10`).join("");
}
