import { CheckIcon, CrossIcon, HealthyIcon, WarningIcon } from "@/components/icons";
import { Instant } from "@/components/zone";
import type { SourceTestFieldsFragment } from "@/gql/graphql";
import { humanSeconds } from "@/lib/duration";
import classes from "./TestResult.module.css";
import { skewText } from "./words";

/** What a source said about itself, or what is wrong and what to do. */
export function TestResult({ test }: { test: SourceTestFieldsFragment }) {
  const skew = skewText(test.skewSeconds);
  return (
    <div className={classes.result} data-testid="source-test" data-ok={test.ok}>
      <div className={classes.verdict} data-tone={test.ok ? "healthy" : "breached"}>
        {test.ok ? <HealthyIcon size={16} /> : <WarningIcon size={16} />}
        <p className={classes.message} data-testid="source-test-message">
          {test.message}
        </p>
      </div>
      <p className={classes.facts}>
        {test.product && <span>{[test.product, test.version].filter(Boolean).join(" ")}</span>}
        {test.latencySeconds != null && <span>answers in {humanSeconds(test.latencySeconds)}</span>}
        {skew && <span>{skew}</span>}
        <span>
          tested <Instant at={test.at} />
        </span>
      </p>
      {test.warnings.length > 0 && (
        <ul className={classes.warnings}>
          {test.warnings.map((w) => (
            <li key={w} data-tone="risk">
              <WarningIcon size={14} />
              {w}
            </li>
          ))}
        </ul>
      )}
      {test.abilities.length > 0 && (
        <ul className={classes.abilities} aria-label="What it can do">
          {test.abilities.map((a) => (
            <li key={a.name} data-have={a.have || undefined}>
              <span className={classes.mark} data-tone={a.have ? "healthy" : "quiet"}>
                {a.have ? <CheckIcon size={13} /> : <CrossIcon size={13} />}
                <span className="visually-hidden">{a.have ? "has" : "has not"}</span>
              </span>
              <span>
                {a.name}
                {a.note && <small>{a.note}</small>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
