import { useMutation } from "@apollo/client/react";
import { Button, Drawer, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { ActorLine } from "@/components/ActorLine";
import type { AnnotationKind } from "@/gql/graphql";
import { useActor } from "@/lib/actor";
import { blamedField, troubleOf } from "@/lib/errors";
import { zoneLabel } from "@/lib/time";
import classes from "./AnnotationDrawer.module.css";
import {
  type AnnotationField,
  type AnnotationForm,
  annotationErrors,
  annotationField,
  annotationInput,
} from "./annotation";
import { DeleteAnnotationDocument, SaveAnnotationDocument } from "./documents";
import { annotationKinds } from "./use-marks";

interface AnnotationDrawerProps {
  initial: AnnotationForm;
  onClose: () => void;
  onDeleted: (name: string) => void;
}

const refetchQueries = ["SloStatement", "SloMarks"];

/** Says what happened in a stretch of time, or changes what was said. */
export function AnnotationDrawer({ initial, onClose, onDeleted }: AnnotationDrawerProps) {
  const actor = useActor();
  const [form, setForm] = useState(initial);
  const [tried, setTried] = useState(false);
  const [save, saving] = useMutation(SaveAnnotationDocument, { refetchQueries });
  const [remove, removing] = useMutation(DeleteAnnotationDocument, { refetchQueries });
  const set = (patch: Partial<AnnotationForm>) => setForm((now) => ({ ...now, ...patch }));
  const own = annotationErrors(form);
  const failed = saving.error ?? removing.error;
  const blamed = annotationField(blamedField(failed));
  const errors: Partial<Record<AnnotationField, string>> = {
    ...(tried ? own : {}),
    ...(blamed ? { [blamed]: troubleOf(failed).detail } : {}),
  };
  const named = actor.trim() !== "";
  const submit = () => {
    setTried(true);
    if (named && Object.keys(own).length === 0) {
      save({ variables: { input: annotationInput(form, actor) } }).then(onClose, () => undefined); // shown below
    }
  };
  const drop = (name: string) => {
    setTried(true);
    if (named) {
      remove({ variables: { name, by: actor.trim() } }).then(
        () => onDeleted(name),
        () => undefined, // shown below
      );
    }
  };
  const { saved } = initial;
  const unblamed = failed && !blamed ? troubleOf(failed) : null;
  return (
    <Drawer.Root
      opened
      onClose={onClose}
      position="right"
      size="min(460px, 100vw)"
      classNames={{ content: classes.content ?? "" }}
    >
      <Drawer.Overlay />
      <Drawer.Content data-testid="annotation-drawer">
        <div className={classes.header}>
          <Drawer.Title className={classes.title ?? ""}>
            {saved ? `Change: ${saved.title}` : "What happened?"}
          </Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </div>
        <Drawer.Body>
          <form
            className={classes.form}
            noValidate
            onSubmit={(e) => {
              e.preventDefault();
              submit();
            }}
          >
            <p className={classes.lead}>
              It changes no figure: spending of these minutes is attributed to it. To leave time out of the
              budget, make an exclusion.
            </p>
            <NativeSelect
              label="Kind"
              value={form.kind}
              onChange={(e) => set({ kind: e.currentTarget.value as AnnotationKind })}
              data={Object.entries(annotationKinds).map(([value, label]) => ({ value, label }))}
            />
            <TextInput
              label="Title"
              placeholder="Disk full on db-3"
              data-autofocus
              value={form.title}
              error={errors.title}
              onChange={(e) => set({ title: e.currentTarget.value })}
              data-testid="annotation-title"
            />
            <TextInput
              label="Link (optional)"
              placeholder="https://tickets.example.com/INC-42"
              value={form.url}
              error={errors.url}
              onChange={(e) => set({ url: e.currentTarget.value })}
            />
            {(["from", "to"] as const).map((edge) => (
              <TextInput
                key={edge}
                type="datetime-local"
                label={`${edge === "from" ? "From" : "To (empty while it goes on)"} · ${zoneLabel(new Date(), form.zone)}`}
                value={form[edge]}
                error={errors[edge]}
                onChange={(e) => set({ [edge]: e.currentTarget.value })}
                data-testid={`annotation-${edge}`}
              />
            ))}
            <NativeSelect
              label="About"
              value={form.about}
              error={errors.scope}
              onChange={(e) => set({ about: e.currentTarget.value as AnnotationForm["about"] })}
              data={[
                ...(saved ? [{ value: "kept", label: "what it is about already" }] : []),
                { value: "slo", label: `this objective: ${form.slo}` },
                { value: "service", label: `all objectives of the service ${form.service}` },
              ]}
            />
            <ActorLine lead="Noted by" missing={(tried && !named) || errors.actor !== undefined} />
            {unblamed && (
              <p className={classes.trouble} role="alert">
                {unblamed.detail || unblamed.title}
              </p>
            )}
            <div className={classes.actions}>
              {saved && (
                <Button
                  variant="default"
                  size="sm"
                  loading={removing.loading}
                  onClick={() => drop(saved.name)}
                  data-testid="annotation-delete"
                >
                  Delete
                </Button>
              )}
              <span className={classes.space} />
              <Button variant="default" size="sm" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" size="sm" loading={saving.loading} data-testid="annotation-save">
                Save
              </Button>
            </div>
          </form>
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
