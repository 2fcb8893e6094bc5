import { skipToken, useQuery } from "@apollo/client/react";
import { Drawer, Skeleton } from "@mantine/core";
import { TroubleNotice } from "@/components/Notice";
import { useZone } from "@/components/zone";
import { graphql } from "@/gql";
import type { Counted } from "@/lib/counted";
import { troubleOf } from "@/lib/errors";
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
  opened: boolean;
  onClose: () => void;
}

/** Everything behind the number that is shown, for people who do not believe it. */
export function ExplainDrawer(props: ExplainDrawerProps) {
  const { slo, objective, search, opened, onClose } = props;
  const zone = useZone();
  const { data, error, refetch } = useQuery(
    SloExplainDocument,
    opened
      ? {
          variables: { name: slo, objective, ...questionOf(search, zone) },
          fetchPolicy: "network-only",
        }
      : skipToken,
  );
  const explanation = data?.slo?.objective?.explain;
  return (
    <Drawer.Root
      opened={opened}
      onClose={onClose}
      position="right"
      size="min(640px, 100vw)"
      classNames={{ content: classes.content ?? "" }}
    >
      <Drawer.Overlay />
      <Drawer.Content data-testid="explain-drawer">
        <div className={classes.header}>
          <Drawer.Title className={classes.title ?? ""}>Why this number?</Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </div>
        <Drawer.Body>
          <p className={classes.scope} data-testid="explain-scope">
            {scopeOf(props, zone)}
          </p>
          {data?.slo && explanation ? (
            <Explanation explanation={explanation} origin={data.slo.origin} counted={props.counted} />
          ) : error ? (
            <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} />
          ) : (
            <Skeleton height={320} />
          )}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
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
