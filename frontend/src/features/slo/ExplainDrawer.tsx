import { useQuery } from "@apollo/client/react";
import { Absent } from "@/components/Absent";
import { SideSheet } from "@/components/Sheet";
import { useZone } from "@/components/zone";
import { graphql } from "@/gql";
import type { Counted } from "@/lib/counted";
import { fullDateTime } from "@/lib/time";
import classes from "./ExplainDrawer.module.css";
import { Explanation } from "./Explanation";
import { labelsOf, labelText, questionOf, type SloSearch } from "./search";

const SloExplainDocument = graphql(/* GraphQL */ `
  query SloExplain($name: String!, $objective: String, $window: WindowInput, $asOf: Time, $group: Labels) {
    slo(name: $name) {
      id
      origin {
        file
        line
      }
      objective(name: $objective) {
        name
        explain(at: $asOf, window: $window, group: $group) {
          ...ExplanationFields
        }
      }
    }
  }
`);

interface ExplainDrawerProps {
  slo: string;
  objective: string;
  search: SloSearch;
  windowTitle: string;
  targetPercent: string;
  counted: Counted;
  onClose: () => void;
}

/** Everything behind the number that is shown, for people who do not believe it. */
export function ExplainDrawer(props: ExplainDrawerProps) {
  const { slo, objective, search, onClose } = props;
  const zone = useZone();
  const { data, error, refetch } = useQuery(SloExplainDocument, {
    variables: { name: slo, objective, ...questionOf(search, zone) },
    fetchPolicy: "network-only",
  });
  const explanation = data?.slo?.objective?.explain;
  return (
    <SideSheet title="Why this number?" testId="explain-drawer" width={640} onClose={onClose}>
      <p className={classes.scope} data-testid="explain-scope">
        {scopeOf(props, zone)}
      </p>
      {data?.slo && explanation ? (
        <Explanation explanation={explanation} origin={data.slo.origin} counted={props.counted} />
      ) : (
        <Absent what="the explanation" heights={[320]} error={error} onRetry={() => void refetch()} />
      )}
    </SideSheet>
  );
}

/** What is explained, in words: objective, window, instant, group. */
function scopeOf(p: ExplainDrawerProps, zone: string): string {
  const group = labelsOf(p.search.group);
  return [
    `${p.slo}: ${p.objective} (${p.targetPercent} %)`,
    p.windowTitle,
    p.search.asOf ? `as of ${fullDateTime(new Date(p.search.asOf), zone)}` : "as of now",
    ...(group ? [`only ${labelText(group)}`] : []),
  ].join(" · ");
}
