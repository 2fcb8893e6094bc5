import { useMutation } from "@apollo/client/react";
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { Form, Hint } from "@/components/form/Form";
import { useForm } from "@/components/form/use-form";
import { SideSheet } from "@/components/Sheet";
import { useUndo } from "@/components/undo";
import type { AnnotationKind } from "@/gql/graphql";
import { zoneLabel } from "@/lib/time";
import {
  type AnnotationField,
  type AnnotationForm,
  annotationErrors,
  annotationField,
  annotationInput,
  restoredAnnotation,
} from "./annotation";
import { DeleteAnnotationDocument, SaveAnnotationDocument } from "./documents";
import { annotationKinds } from "./use-marks";

interface AnnotationDrawerProps {
  initial: AnnotationForm;
  onClose: () => void;
  /** It was saved or deleted: there is nothing to lose any more. */
  onDone: () => void;
}

const refetchQueries = ["SloStatement", "SloMarks"];

/** Says what happened in a stretch of time, or changes what was said. */
export function AnnotationDrawer({ initial, onClose, onDone }: AnnotationDrawerProps) {
  const it = useForm<AnnotationForm, AnnotationField>({
    initial,
    errorsOf: annotationErrors,
    placeOf: annotationField,
    etag: initial.saved?.etag,
  });
  const { form, errors, change, bind } = it;
  const { saved } = it.initial;
  const offerUndo = useUndo();
  const [run, { loading: saving }] = useMutation(SaveAnnotationDocument, { refetchQueries });
  const [drop, { loading: removing }] = useMutation(DeleteAnnotationDocument, { refetchQueries });
  const save = () =>
    void it.send(async (by) => {
      await run({ variables: { annotation: { ...annotationInput(form, by), etag: it.etag() } } });
      onDone();
    });
  const remove = (gone: NonNullable<typeof saved>) =>
    void it.send(async (by) => {
      await drop({ variables: { name: gone.name, by } });
      offerUndo({
        text: `${gone.title} is deleted; what it explained is unexplained again.`,
        undo: () => run({ variables: { annotation: restoredAnnotation(gone, by) } }),
      });
      onDone();
    }, true);
  return (
    <SideSheet
      title={saved ? `Change: ${saved.title}` : "What happened?"}
      testId="annotation-drawer"
      width={460}
      onClose={onClose}
    >
      <Form
        name="annotation"
        it={it}
        save="Save"
        saving={saving}
        onSave={save}
        onClose={onClose}
        left={
          saved && (
            <Button
              variant="default"
              size="sm"
              loading={removing}
              onClick={() => remove(saved)}
              data-testid="annotation-delete"
            >
              Delete
            </Button>
          )
        }
      >
        <Hint>
          It changes no figure: spending of these minutes is attributed to it. To leave time out of the
          budget, make an exclusion.
        </Hint>
        <NativeSelect
          label="Kind"
          value={form.kind}
          onChange={(e) => change({ kind: e.currentTarget.value as AnnotationKind })}
          data={Object.entries(annotationKinds).map(([value, label]) => ({ value, label }))}
        />
        <TextInput
          label="Title"
          placeholder="Disk full on db-3"
          data-autofocus
          {...bind("title")}
          data-testid="annotation-title"
        />
        <TextInput
          label="Link (optional)"
          placeholder="https://tickets.example.com/INC-42"
          {...bind("url")}
        />
        {(["from", "to"] as const).map((edge) => (
          <TextInput
            key={edge}
            type="datetime-local"
            label={`${edge === "from" ? "From" : "To, empty while it goes on"} (${zoneLabel(new Date(), form.zone)})`}
            {...bind(edge)}
            data-testid={`annotation-${edge}`}
          />
        ))}
        <NativeSelect
          label="About"
          value={form.about}
          error={errors.scope}
          onChange={(e) => change({ about: e.currentTarget.value as AnnotationForm["about"] })}
          data={[
            ...(saved ? [{ value: "kept", label: "what it is about already" }] : []),
            { value: "slo", label: `this objective: ${form.slo}` },
            { value: "service", label: `all objectives of the service ${form.service}` },
          ]}
        />
      </Form>
    </SideSheet>
  );
}
