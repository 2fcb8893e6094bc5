import { useMutation } from "@apollo/client/react";
import { ConfirmDelete } from "@/components/ConfirmDelete";
import { useUndo } from "@/components/undo";
import type { SlaDefinitionFragment } from "@/gql/graphql";
import { listed, titleOf } from "@/lib/words";
import { DeleteSlaDocument, SaveSlaDocument } from "./documents";
import { formOf, inputOf } from "./form";

interface DeleteSlaDialogProps {
  sla: SlaDefinitionFragment;
  /** How many revisions of statements were issued. */
  statements: number;
  onClose: () => void;
  onDeleted: () => void;
}

/** Asks before an agreement is removed, says what stays, and offers to bring it back. */
export function DeleteSlaDialog({ sla, statements, onClose, onDeleted }: DeleteSlaDialogProps) {
  const offerUndo = useUndo();
  const [run] = useMutation(DeleteSlaDocument);
  const [restore] = useMutation(SaveSlaDocument, { refetchQueries: ["SlaList"] });
  const remove = async (by: string) => {
    await run({ variables: { name: sla.name, by } });
    offerUndo({
      text: `${titleOf(sla)} is deleted.`,
      undo: () => restore({ variables: { agreement: inputOf(formOf(sla), null, by) } }),
    });
    onDeleted();
  };
  return (
    <ConfirmDelete name="sla" title={titleOf(sla)} onDelete={remove} onClose={onClose}>
      <p>
        {sla.targetPercent} % in each {sla.window.title} is then promised to nobody:{" "}
        {listed(sla.customers.map(titleOf))} no longer {sla.customers.length === 1 ? "has" : "have"} an
        agreement here.
      </p>
      <p>
        {statements === 0
          ? "No statement was issued. What was measured stays: it belongs to the objectives."
          : `${statements === 1 ? "The statement that was issued stays at its address" : `The ${statements} statements that were issued stay at their addresses`}. What was measured stays too.`}
      </p>
    </ConfirmDelete>
  );
}
