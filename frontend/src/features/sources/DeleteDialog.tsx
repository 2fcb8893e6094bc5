import { useMutation } from "@apollo/client/react";
import { ConfirmDelete } from "@/components/ConfirmDelete";
import type { SourceSummaryFragment } from "@/gql/graphql";
import { DeleteSourceDocument } from "./documents";

interface DeleteDialogProps {
  source: SourceSummaryFragment;
  slos: readonly { id: string; name: string }[];
  onClose: () => void;
  onDeleted: (by: string) => void;
}

/** Asks before a source is deleted, or says who still measures on it. */
export function DeleteDialog({ source, slos, onClose, onDeleted }: DeleteDialogProps) {
  const [run] = useMutation(DeleteSourceDocument);
  const used = source.objectives > 0;
  return (
    <ConfirmDelete
      name="source"
      title={source.name}
      refused={used}
      onDelete={(by) => run({ variables: { name: source.name, by } }).then(() => onDeleted(by))}
      onClose={onClose}
    >
      {used ? (
        <>
          <p>It is in use. Move these to another source or remove them first:</p>
          <ul>
            {slos.map((s) => (
              <li key={s.id}>{s.name}</li>
            ))}
          </ul>
        </>
      ) : (
        <p>
          Nothing measures on it. What was measured before stays. The secret is not touched: only its name was
          known here.
        </p>
      )}
    </ConfirmDelete>
  );
}
