import { useQuery } from "@apollo/client/react";
import { Absent } from "@/components/Absent";
import { SideSheet } from "@/components/Sheet";
import { unmask } from "@/gql";
import { SourceDefinitionFragment, SourceDetailsDocument } from "./documents";
import { emptyForm, formOf } from "./form";
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
  const rest = { taken, onClose, onSaved };
  return (
    <SideSheet title={edit ? `Change ${edit}` : "Connect a source"} testId="source-drawer" onClose={onClose}>
      {edit === null ? (
        <SourceFormView initial={emptyForm} id={null} etag={null} {...rest} />
      ) : (
        <EditForm name={edit} {...rest} />
      )}
    </SideSheet>
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
        etag={saved.etag}
        taken={taken.filter((t) => t !== name)}
        onClose={onClose}
        onSaved={onSaved}
      />
    );
  }
  return (
    <Absent
      what="the source"
      heights={[320]}
      error={error}
      onRetry={() => void refetch()}
      missing={data && `No source is called ${name}`}
    />
  );
}
