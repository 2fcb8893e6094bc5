import { useQuery } from "@apollo/client/react";
import { Drawer, Skeleton } from "@mantine/core";
import { Notice, TroubleNotice } from "@/components/Notice";
import { useZone } from "@/components/zone";
import { unmask } from "@/gql";
import { troubleOf } from "@/lib/errors";
import { SlaDefinitionFragment, SlaFormDocument } from "./documents";
import { emptyForm, formOf } from "./form";
import classes from "./SlaDrawer.module.css";
import { SlaFormView } from "./SlaFormView";

interface SlaDrawerProps {
  /** The agreement to change, null for a new one. */
  edit: string | null;
  taken: readonly string[];
  onClose: () => void;
  onSaved: (name: string) => void;
}

/** Makes an agreement, or changes one. */
export function SlaDrawer({ edit, taken, onClose, onSaved }: SlaDrawerProps) {
  const zone = useZone();
  return (
    <Drawer.Root
      opened
      onClose={onClose}
      position="right"
      size="min(700px, 100vw)"
      classNames={{ content: classes.content ?? "", body: classes.body ?? "" }}
    >
      <Drawer.Overlay />
      <Drawer.Content data-testid="sla-drawer">
        <div className={classes.header}>
          <Drawer.Title className={classes.title ?? ""}>
            {edit ? `Change ${edit}` : "New agreement"}
          </Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </div>
        <Drawer.Body>
          {edit === null ? (
            <SlaFormView
              initial={emptyForm(zone)}
              id={null}
              taken={taken}
              onClose={onClose}
              onSaved={onSaved}
            />
          ) : (
            <EditForm name={edit} taken={taken} onClose={onClose} onSaved={onSaved} />
          )}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

/** The form over what is saved, which is read anew: somebody may have changed it meanwhile. */
function EditForm({ name, taken, onClose, onSaved }: Omit<SlaDrawerProps, "edit"> & { name: string }) {
  const { data, error, refetch } = useQuery(SlaFormDocument, {
    variables: { name },
    fetchPolicy: "network-only",
    nextFetchPolicy: "cache-first",
  });
  const saved = unmask(SlaDefinitionFragment, data?.sla);
  if (saved) {
    return (
      <SlaFormView
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
    <Notice title={`No agreement is called ${name}`}>It may have been deleted meanwhile.</Notice>
  ) : (
    <Skeleton height={320} />
  );
}
