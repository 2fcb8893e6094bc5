import { UNKNOWN } from "@/lib/number";
import classes from "./AchievedBar.module.css";
import { barMarks } from "./bar";

interface AchievedBarProps {
  targetPercent: string;
  achievedPercent: string | null | undefined;
  /** Limits of credit bands. */
  belows: readonly string[];
  tone: string;
}

/** What was achieved beside what was promised. Unknown is hatched: it is neither kept nor missed. */
export function AchievedBar({ targetPercent, achievedPercent, belows, tone }: AchievedBarProps) {
  const marks = barMarks(targetPercent, achievedPercent, belows);
  const known = marks.achieved !== null;
  return (
    <svg
      className={classes.bar}
      data-tone={tone}
      viewBox="0 0 100 14"
      preserveAspectRatio="none"
      role="img"
      aria-label={`achieved ${known ? `${achievedPercent} %` : `unknown (${UNKNOWN})`}, target ${targetPercent} %`}
    >
      <rect className={known ? classes.track : classes.unknown} x="0" y="4" width="100" height="7" />
      {known ? (
        <rect
          className={classes.fill}
          x="0"
          y="4"
          width={Math.max(0.8, (marks.achieved ?? 0) * 100)}
          height="7"
        />
      ) : (
        <path
          className={classes.hatch}
          d={Array.from({ length: 40 }, (_, i) => `M${i * 2.5} 11l2.5-7`).join("")}
        />
      )}
      {marks.clipped && (
        <path className={classes.clip} d="M2.5 3 1 7.500l1.500 4.500M4.500 3 3 7.500l1.500 4.500" />
      )}
      {marks.bands.map((x) => (
        <path key={x} className={classes.band} d={`M${x * 100} 4v7`} />
      ))}
      <path className={classes.target} d={`M${marks.target * 100} 1v13`} />
    </svg>
  );
}
