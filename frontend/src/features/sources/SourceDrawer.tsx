import { useQuery } from "@apollo/client/react";
import { Drawer, Skeleton } from "@mantine/core";
import { Notice, TroubleNotice } from "@/components/Notice";
import { unmask } from "@/gql";
import { troubleOf } from "@/lib/errors";
import { SourceDefinitionFragment, SourceDetailsDocument } from "./documents";
import { emptyForm, formOf } from "./form";
import classes from "./SourceDrawer.module.css";
import { SourceFormView } from "./SourceFormView";

interface SourceDrawerProps {
  /** The source to change, null for a new one. */
  edit: string | null;
  taken: readonly string[];
  onClose: () => void;
  onSaved: (name: string) => void;
}

/** Connects a source, or changes one. */
export function SourceDrawer({ edit, taken, onClose, onSaved }: SourceDrawerProps) {
  return (
    <Drawer.Root
      opened
      onClose={onClose}
      position="right"
      size="min(620px, 100vw)"
      classNames={{ content: classes.content ?? "", body: classes.body ?? "" }}
    >
      <Drawer.Overlay />
      <Drawer.Content data-testid="source-drawer">
        <div className={classes.header}>
          <Drawer.Title className={classes.title ?? ""}>
            {edit ? `Change ${edit}` : "Connect a source"}
          </Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </div>
        <Drawer.Body>
          {edit === null ? (
            <SourceFormView initial={emptyForm} id={null} taken={taken} onClose={onClose} onSaved={onSaved} />
          ) : (
            <EditForm name={edit} taken={taken} onClose={onClose} onSaved={onSaved} />
          )}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

/** The form over what is saved, which is read anew: somebody may have changed it meanwhile. */
function EditForm({ name, taken, onClose, onSaved }: Omit<SourceDrawerProps, "edit"> & { name: string }) {
  const { data, error, refetch } = useQuery(SourceDetailsDocument, {
    variables: { name },
    fetchPolicy: "network-only",
    nextFetchPolicy: "cache-first",
  });
  const saved = unmask(SourceDefinitionFragment, data?.source);
  if (saved) {
    return (
      <SourceFormView
        initial={formOf(saved)}
        id={saved.id}
        taken={taken.filter((t) => t !== name)}
        onClose={onClose}
        onSaved={onSaved}
      />
    );
  }
  if (error) {
    return <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} />;
  }
  return data ? (
    <Notice title={`No source is called ${name}`}>It may have been deleted meanwhile.</Notice>
  ) : (
    <Skeleton height={320} />
  );
}
