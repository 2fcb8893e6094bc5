import { useQuery } from "@apollo/client/react";
import { Absent } from "@/components/Absent";
import { SideSheet } from "@/components/Sheet";
import { useZone } from "@/components/zone";
import { unmask } from "@/gql";
import { SlaDefinitionFragment, SlaFormDocument } from "./documents";
import { emptyForm, formOf } from "./form";
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
  const rest = { taken, onClose, onSaved };
  return (
    <SideSheet
      title={edit ? `Change ${edit}` : "New agreement"}
      testId="sla-drawer"
      width={700}
      onClose={onClose}
    >
      {edit === null ? (
        <SlaFormView initial={emptyForm(zone)} id={null} etag={null} {...rest} />
      ) : (
        <EditForm name={edit} {...rest} />
      )}
    </SideSheet>
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
        etag={saved.etag}
        taken={taken.filter((t) => t !== name)}
        onClose={onClose}
        onSaved={onSaved}
      />
    );
  }
  return (
    <Absent
      what="the agreement"
      heights={[320]}
      error={error}
      onRetry={() => void refetch()}
      missing={data && `No agreement is called ${name}`}
    />
  );
}
