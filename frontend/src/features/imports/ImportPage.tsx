import { Button, NativeSelect } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { useState } from "react";
import { ActorLine } from "@/components/ActorLine";
import { Unsaved } from "@/components/form/Unsaved";
import { Page } from "@/components/Page";
import panel from "@/components/Panel.module.css";
import { useActor } from "@/lib/actor";
import { counted } from "@/lib/words";
import { Documents } from "./Documents";
import { DraftView } from "./DraftView";
import { type Draft, type Imported, isReady, pathError } from "./drafts";
import { ImportedNotice } from "./ImportedNotice";
import classes from "./ImportPage.module.css";
import { Intake } from "./Intake";
import { useDrafts } from "./use-drafts";
import { needsWindow, windowsWith } from "./words";

/** Brings specifications of other tools in, after a look at what that changes. */
export function ImportPage() {
  const [done, setDone] = useState<readonly Imported[]>([]);
  const [chosen, setChosen] = useState<number | null>(null);
  const it = useDrafts((made) => setDone((all) => [...all, made]));
  const open = it.drafts.find((d) => d.key === chosen) ?? it.drafts[0];
  const leaving = useBlocker({
    shouldBlockFn: () => it.drafts.some((d) => d.text.trim() !== ""),
    enableBeforeUnload: () => it.drafts.some((d) => d.text.trim() !== ""),
    withResolver: true,
  });
  const take = (texts: { path: string; text: string }[], window?: string) => setChosen(it.add(texts, window));
  return (
    <Page
      testId="import-page"
      title="Import specifications"
      lead="Objectives, alerts, windows and labels of OpenSLO, Sloth and Pyrra are kept; what has no equivalent is said, with its line. Budgets of the past are read from the sources right away."
    >
      {done.length > 0 && <ImportedNotice done={done} onClose={() => setDone([])} />}
      <Intake onTexts={take} small={it.drafts.length > 0} />
      {open && (
        <section className={panel.panel} aria-label="What is imported">
          {it.drafts.length > 1 && <Tabs drafts={it.drafts} open={open.key} onOpen={setChosen} />}
          <DraftView
            key={open.key}
            draft={open}
            others={it.drafts.filter((d) => d.key !== open.key).map((d) => d.path)}
            onChange={(patch) => it.change(open, patch)}
            onRemove={() => it.remove(open.key)}
          />
          {leaving.status === "blocked" ? (
            <div className={classes.footer}>
              <Unsaved
                name="import"
                text="What stands here is not imported."
                onStay={leaving.reset}
                onLeave={leaving.proceed}
              />
            </div>
          ) : (
            <Footer it={it} />
          )}
        </section>
      )}
      <Documents onOpen={(d) => take([d], d.window)} />
    </Page>
  );
}

interface TabsProps {
  drafts: readonly Draft[];
  open: number;
  onOpen: (key: number) => void;
}

/** Several texts: each with what was found in it. */
function Tabs({ drafts, open, onOpen }: TabsProps) {
  return (
    <ul className={classes.tabs} aria-label="Texts">
      {drafts.map((d) => (
        <li key={d.key}>
          <button
            type="button"
            aria-pressed={d.key === open}
            onClick={() => onOpen(d.key)}
            data-testid="import-tab"
          >
            {d.path}
            <small data-tone={toneOf(d)}>{stateText(d)}</small>
          </button>
        </li>
      ))}
    </ul>
  );
}

function stateText(d: Draft): string {
  if (d.asking) {
    return "reading…";
  }
  if (d.trouble) {
    return "not read";
  }
  if (!d.preview) {
    return "empty";
  }
  return d.preview.problems.length > 0
    ? counted(d.preview.problems.length, "problem")
    : counted(d.preview.slos.length, "objective");
}

function toneOf(d: Draft): string {
  return d.trouble || (d.preview && d.preview.problems.length > 0) ? "breached" : "quiet";
}

/** The window of what has none, who imports it, and the button. */
function Footer({ it }: { it: ReturnType<typeof useDrafts> }) {
  const actor = useActor();
  const [asked, setAsked] = useState(false);
  const paths = it.drafts.map((d) => d.path);
  const ready = it.drafts.filter(
    (d) => isReady(d) && pathError(d.path, paths.filter((p) => p === d.path).slice(1)) === null,
  );
  const windowless = it.drafts.some((d) => d.preview && needsWindow(d.preview.formats));
  const rest = it.drafts.length - ready.length;
  return (
    <div className={classes.footer}>
      {windowless && (
        <NativeSelect
          size="sm"
          label="Window"
          description="Sloth's specifications have none."
          data={windowsWith(it.window)}
          value={it.window}
          onChange={(e) => it.setWindow(e.currentTarget.value)}
          data-testid="import-window"
        />
      )}
      <ActorLine lead="Imported by" missing={asked} />
      <p className={classes.grow}>
        {ready.length > 0 && rest > 0 && `${counted(rest, "text")} cannot be imported as it is.`}
      </p>
      <Button
        size="sm"
        loading={it.importing}
        disabled={ready.length === 0}
        onClick={() => {
          setAsked(true);
          if (actor.trim() !== "") {
            void it.importAll(actor);
          }
        }}
        data-testid="import-apply"
      >
        {ready.length > 1 ? `Import ${ready.length} documents` : "Import"}
      </Button>
    </div>
  );
}
