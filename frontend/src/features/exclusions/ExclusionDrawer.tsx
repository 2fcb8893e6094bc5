import { useMutation, useQuery } from "@apollo/client/react";
import { Drawer, Skeleton } from "@mantine/core";
import { useState } from "react";
import { ActorLine } from "@/components/ActorLine";
import { Notice, TroubleNotice } from "@/components/Notice";
import { useZone } from "@/components/zone";
import { unmask } from "@/gql";
import type { ExclusionDefinitionFragment } from "@/gql/graphql";
import { useActor } from "@/lib/actor";
import { troubleOf } from "@/lib/errors";
import { DeleteExclusionDocument, ExclusionDefinition, ExclusionDetailsDocument } from "./documents";
import { ExclusionDetails } from "./ExclusionDetails";
import classes from "./ExclusionDrawer.module.css";
import { ExclusionFormView } from "./ExclusionFormView";
import { type ExclusionForm, formOf } from "./form";

interface ExclusionDrawerProps {
  /** The exclusion that is shown or edited, null for a new one. */
  name: string | null;
  editing: boolean;
  /** What a new one begins with. */
  blank: ExclusionForm;
  onClose: () => void;
  onEdit: () => void;
  onSaved: (name: string) => void;
  onDeleted: (gone: ExclusionDefinitionFragment) => void;
}

/** Shows an exclusion, makes one, or changes one. */
export function ExclusionDrawer({
  name,
  editing,
  blank,
  onClose,
  onEdit,
  onSaved,
  onDeleted,
}: ExclusionDrawerProps) {
  return (
    <Drawer.Root
      opened
      onClose={onClose}
      position="right"
      size="min(620px, 100vw)"
      classNames={{ content: classes.content ?? "", body: classes.body ?? "" }}
    >
      <Drawer.Overlay />
      <Drawer.Content data-testid="exclusion-drawer">
        {name === null ? (
          <>
            <Head title="New exclusion" />
            <Drawer.Body>
              <ExclusionFormView initial={blank} saved={null} onClose={onClose} onSaved={onSaved} />
            </Drawer.Body>
          </>
        ) : (
          <Saved
            name={name}
            editing={editing}
            onClose={onClose}
            onEdit={onEdit}
            onSaved={onSaved}
            onDeleted={onDeleted}
          />
        )}
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Head({ title }: { title: string }) {
  return (
    <div className={classes.header}>
      <Drawer.Title className={classes.title ?? ""}>{title}</Drawer.Title>
      <Drawer.CloseButton aria-label="Close" />
    </div>
  );
}

/** What is saved, read anew: somebody may have changed it meanwhile. */
function Saved({
  name,
  editing,
  onClose,
  onEdit,
  onSaved,
  onDeleted,
}: Omit<ExclusionDrawerProps, "blank" | "name"> & { name: string }) {
  const zone = useZone();
  const actor = useActor();
  const [nameless, setNameless] = useState(false);
  const { data, error, refetch } = useQuery(ExclusionDetailsDocument, {
    variables: { name },
    fetchPolicy: "cache-and-network",
    nextFetchPolicy: "cache-first",
  });
  const [remove, removing] = useMutation(DeleteExclusionDocument, {
    refetchQueries: ["ExclusionList", "ExclusionCalendar"],
  });
  const x = unmask(ExclusionDefinition, data?.exclusion);
  const drop = (gone: ExclusionDefinitionFragment) => {
    if (actor.trim() === "") {
      setNameless(true);
      return;
    }
    remove({ variables: { name, by: actor.trim() } }).then(
      () => onDeleted(gone),
      () => undefined, // shown below
    );
  };
  const failed = removing.error && troubleOf(removing.error);
  return (
    <>
      <Head title={x ? (editing ? `Change: ${x.title}` : x.title) : name} />
      <Drawer.Body>
        {x && editing ? (
          <ExclusionFormView
            initial={formOf(x, zone)}
            saved={{ id: x.id, name: x.name }}
            onClose={onClose}
            onSaved={onSaved}
          />
        ) : x ? (
          <>
            <ExclusionDetails
              exclusion={x}
              audit={data?.audit.nodes ?? []}
              deleting={removing.loading}
              trouble={failed ? failed.detail || failed.title : null}
              onEdit={onEdit}
              onDelete={() => drop(x)}
            />
            {nameless && actor.trim() === "" && <ActorLine lead="" missing />}
          </>
        ) : error ? (
          <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} />
        ) : data ? (
          <Notice title={`No exclusion is called ${name}`}>It may have been deleted meanwhile.</Notice>
        ) : (
          <Skeleton height={320} />
        )}
      </Drawer.Body>
    </>
  );
}
