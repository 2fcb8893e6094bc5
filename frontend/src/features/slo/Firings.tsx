import { PanelNote } from "@/components/Panel";
import { figures, Table } from "@/components/Table";
import { TextButton } from "@/components/TextButton";
import { useZone } from "@/components/zone";
import type { Unit } from "@/gql/graphql";
import { humanSeconds } from "@/lib/duration";
import { burn, exact, raw } from "@/lib/number";
import { dateTime, rfc3339, zoneLabel } from "@/lib/time";
import classes from "./Replay.module.css";
import { around, type Firing, secondsOf } from "./replay";

// What a reader looks through; a noisy policy may have fired hundreds of times.
const MOST = 100;

interface FiringsProps {
  /** The newest first. */
  firings: readonly Firing[];
  stretch: { from: string; to: string };
  /** Whether they are of several objectives. */
  several: boolean;
  unit: Unit;
  /** Shows a stretch on the plots. */
  onStretch: (from: string, to: string) => void;
}

/** When policies would have fired, as a table that leads to the plots. */
export function Firings({ firings, stretch, several, unit, onStretch }: FiringsProps) {
  const zone = useZone();
  if (firings.length === 0) {
    return <PanelNote>Nothing would have fired in this time.</PanelNote>;
  }
  const show = (f: Firing) => {
    const { from, to } = around(stretch, f);
    onStretch(rfc3339(new Date(from)), rfc3339(new Date(to)));
  };
  return (
    <>
      <Table
        label="Would have fired"
        low
        className={classes.table}
        columns={[
          `Fired (${zoneLabel(new Date(stretch.to), zone)})`,
          "Policy",
          ...(several ? ["Objective"] : []),
          "Severity",
          figures("For"),
          figures("Peak burn rate"),
          figures(`Bad ${unit === "SECONDS" ? "seconds" : "events"} while it fired`),
        ]}
      >
        <tbody>
          {firings.slice(0, MOST).map((f) => (
            <tr
              key={`${f.policy} ${f.objective} ${f.from}`}
              data-testid="firing"
              data-policy={f.policy}
              data-from={f.from}
              data-spent={raw(f.spent)}
            >
              <th scope="row">
                <TextButton look="link" title="Show it on the plots" onClick={() => show(f)}>
                  {dateTime(new Date(f.from), zone)}
                </TextButton>
              </th>
              <td>{f.policy}</td>
              {several && <td>{f.objective}</td>}
              <td>{f.severity}</td>
              <td data-number>
                {humanSeconds(secondsOf(stretch, f))}
                {!f.to && " so far"}
              </td>
              <td data-number>{burn(f.peakBurnRate)}</td>
              <td data-number>{exact(f.spent)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
      {firings.length > MOST && (
        <PanelNote>
          The newest {MOST} of {exact(firings.length)} are listed; the lines above show all.
        </PanelNote>
      )}
    </>
  );
}
