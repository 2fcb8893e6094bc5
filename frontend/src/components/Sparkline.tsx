import classes from "./Sparkline.module.css";

const WIDTH = 120;
const HEIGHT = 28;

/** The lines of a sparkline: one path for each stretch without a gap. */
export function sparkPaths(values: readonly (number | null)[], low: number, high: number): string[] {
  const x = (i: number) => (values.length < 2 ? 0 : (i / (values.length - 1)) * WIDTH);
  const y = (v: number) =>
    HEIGHT - 2 - ((Math.min(high, Math.max(low, v)) - low) / (high - low)) * (HEIGHT - 4);
  const paths: string[] = [];
  let current: string[] = [];
  const close = () => {
    if (current.length > 0) {
      // A lone point is drawn as a dot: a line of no length with round ends.
      paths.push(`M${current.length === 1 ? [current[0], current[0]].join("L") : current.join("L")}`);
    }
    current = [];
  };
  values.forEach((v, i) => {
    if (v === null) {
      close();
    } else {
      current.push(`${x(i).toFixed(1)} ${y(v).toFixed(1)}`);
    }
  });
  close();
  return paths;
}

/** Rectangles where nothing is known. */
export function sparkGaps(values: readonly (number | null)[]): { x: number; width: number }[] {
  const step = values.length < 2 ? WIDTH : WIDTH / (values.length - 1);
  const gaps: { x: number; width: number }[] = [];
  values.forEach((v, i) => {
    if (v !== null) {
      return;
    }
    const left = Math.max(0, (i - 0.5) * step);
    const last = gaps.at(-1);
    if (last && values[i - 1] === null) {
      last.width = Math.min(WIDTH, (i + 0.5) * step) - last.x;
    } else {
      gaps.push({ x: left, width: Math.min(WIDTH, (i + 0.5) * step) - left });
    }
  });
  return gaps;
}

/** The burn-down in a thumbnail: remaining budget over the window, with its zero line. */
export function Sparkline({ values, tone }: { values: readonly (number | null)[]; tone: string }) {
  const known = values.filter((v) => v !== null);
  const low = Math.max(-1.2, Math.min(-0.05, ...known));
  const high = 1;
  const zero = HEIGHT - 2 - ((0 - low) / (high - low)) * (HEIGHT - 4);
  return (
    <svg
      className={classes.spark}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      data-tone={tone}
      aria-hidden="true"
    >
      {sparkGaps(values).map((g) => (
        <rect key={g.x} className={classes.gap} x={g.x} y="1" width={g.width} height={HEIGHT - 2} />
      ))}
      <path className={classes.zero} d={`M0 ${zero.toFixed(1)}H${WIDTH}`} />
      {sparkPaths(values, low, high).map((d) => (
        <path key={d} className={classes.line} d={d} />
      ))}
    </svg>
  );
}
