import { skipToken, useQuery } from "@apollo/client/react";
import { Absent } from "@/components/Absent";
import { SideSheet } from "@/components/Sheet";
import { useZone } from "@/components/zone";
import { unmask } from "@/gql";
import { ExclusionDefinition, ExclusionDetailsDocument } from "./documents";
import { ExclusionDetails } from "./ExclusionDetails";
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
  onDeleted: () => void;
}

/** Shows an exclusion, makes one, or changes one. */
export function ExclusionDrawer(props: ExclusionDrawerProps) {
  const { name, editing, blank, onClose, onEdit, onSaved, onDeleted } = props;
  const { data, error, refetch } = useQuery(
    ExclusionDetailsDocument,
    name === null
      ? skipToken
      : { variables: { name }, fetchPolicy: "cache-and-network", nextFetchPolicy: "cache-first" },
  );
  const x = name === null ? undefined : unmask(ExclusionDefinition, data?.exclusion);
  const title = name === null ? "New exclusion" : (x?.title ?? name);
  const rest = { onClose, onSaved };
  return (
    <SideSheet title={editing ? `Change: ${title}` : title} testId="exclusion-drawer" onClose={onClose}>
      {name === null ? (
        <ExclusionFormView key=" new" initial={blank} saved={null} {...rest} />
      ) : editing ? (
        <EditForm key={name} name={name} {...rest} />
      ) : x ? (
        <ExclusionDetails
          key={name}
          exclusion={x}
          audit={data?.audit.nodes ?? []}
          onEdit={onEdit}
          onDeleted={onDeleted}
        />
      ) : (
        <Absent
          what="the exclusion"
          heights={[320]}
          error={error}
          onRetry={() => void refetch()}
          missing={data && `No exclusion is called ${name}`}
        />
      )}
    </SideSheet>
  );
}

/** The form over what is saved, which is read anew: somebody may have changed it meanwhile. */
function EditForm({
  name,
  onClose,
  onSaved,
}: Pick<ExclusionDrawerProps, "onClose" | "onSaved"> & { name: string }) {
  const zone = useZone();
  const { data, error, refetch } = useQuery(ExclusionDetailsDocument, {
    variables: { name },
    fetchPolicy: "network-only",
    nextFetchPolicy: "cache-first",
  });
  const x = unmask(ExclusionDefinition, data?.exclusion);
  if (x) {
    return <ExclusionFormView initial={formOf(x, zone)} saved={x} onClose={onClose} onSaved={onSaved} />;
  }
  return (
    <Absent
      what="the exclusion"
      heights={[320]}
      error={error}
      onRetry={() => void refetch()}
      missing={data && `No exclusion is called ${name}`}
    />
  );
}
