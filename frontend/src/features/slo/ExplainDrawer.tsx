import { skipToken, useQuery } from "@apollo/client/react";
import { Drawer, Skeleton } from "@mantine/core";
import { TroubleNotice } from "@/components/Notice";
import { graphql } from "@/gql";
import { troubleOf } from "@/lib/errors";
import classes from "./ExplainDrawer.module.css";
import { Explanation } from "./Explanation";

const SloExplainDocument = graphql(/* GraphQL */ `
  query SloExplain($name: String!, $at: Time) {
    slo(name: $name) {
      id
      origin {
        file
        line
      }
      explain(at: $at) {
        ...ExplanationFields
      }
    }
  }
`);

interface ExplainDrawerProps {
  slo: string;
  asOf: string | undefined;
  opened: boolean;
  /** Says so if something else is on the page than what is explained. */
  note: string | null;
  onClose: () => void;
}

/** Everything behind the number, for people who do not believe it. */
export function ExplainDrawer({ slo, asOf, opened, note, onClose }: ExplainDrawerProps) {
  const { data, error, refetch } = useQuery(
    SloExplainDocument,
    opened ? { variables: { name: slo, at: asOf ?? null }, fetchPolicy: "network-only" } : skipToken,
  );
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
          {note && <p className={classes.note}>{note}</p>}
          {data?.slo ? (
            <Explanation explanation={data.slo.explain} origin={data.slo.origin} />
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
