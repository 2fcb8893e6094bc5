import { useApolloClient, useMutation, useQuery } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { ActorField } from "@/components/ActorField";
import { TroubleNotice } from "@/components/Notice";
import panel from "@/components/panel.module.css";
import { ScrollBox } from "@/components/ScrollBox";
import { Instant } from "@/components/zone";
import { unmask } from "@/gql";
import { useActor } from "@/lib/actor";
import { troubleOf } from "@/lib/errors";
import classes from "./Documents.module.css";
import {
  ApplyImportDocument,
  DeleteDocumentDocument,
  DocumentListDocument,
  DocumentTextDocument,
  ImportPreviewFragment,
  ImportProblemFragment,
} from "./documents";
import { formatText } from "./words";

/** A document that was deleted, and what makes it again. */
interface Removed {
  path: string;
  text: string;
  original?: { text: string; window: string } | null;
}

// As many names as a row has room for.
const NAMED = 4;

/** What was imported here before; each can be taken away, and that can be taken back. */
export function Documents({
  onOpen,
}: {
  onOpen: (document: { path: string; text: string; window?: string }) => void;
}) {
  const title = useId();
  const client = useApolloClient();
  const actor = useActor();
  const { data, error, refetch, fetchMore } = useQuery(DocumentListDocument, {
    fetchPolicy: "cache-and-network",
  });
  const [remove, { loading: removing }] = useMutation(DeleteDocumentDocument);
  const [apply, { loading: undoing }] = useMutation(ApplyImportDocument);
  const [removed, setRemoved] = useState<Removed | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  const documents = data?.documents.nodes ?? [];
  const page = data?.documents.pageInfo;

  const fail = (thrown: unknown) => {
    const { title: what, detail } = troubleOf(thrown);
    setWrong(detail || what);
  };
  const read = async (path: string): Promise<Removed | null> => {
    const answer = await client.query({
      query: DocumentTextDocument,
      variables: { path },
      fetchPolicy: "network-only",
    });
    return answer.data?.document ?? null;
  };
  const forget = async (path: string) => {
    setAsked(true);
    setWrong(null);
    if (actor.trim() === "") {
      return;
    }
    try {
      const kept = await read(path); // before it is gone
      await remove({ variables: { path, by: actor } });
      setRemoved(kept);
      await refetch();
    } catch (thrown) {
      fail(thrown);
    }
  };
  const undo = async ({ path, text, original }: Removed) => {
    // What it was made of first, so that it is known again; then what it was edited to.
    const steps = original ? [{ text: original.text, window: original.window }, { text }] : [{ text }];
    try {
      for (const step of steps) {
        const { data: answer } = await apply({ variables: { document: { path, by: actor, ...step } } });
        const made = unmask(ImportPreviewFragment, answer?.applyImport);
        const [problem] = unmask(ImportProblemFragment, made?.problems ?? []);
        if (problem && step === steps.at(-1)) {
          setWrong(`It could not be taken back: ${problem.message}`);
          return;
        }
        if (made?.document === text) {
          break;
        }
      }
      setRemoved(null);
      await refetch();
    } catch (thrown) {
      fail(thrown);
    }
  };
  if (error && !data) {
    return <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} />;
  }
  if (documents.length === 0 && !removed) {
    return null;
  }
  return (
    <section className={panel.panel} aria-labelledby={title} data-testid="documents">
      <header className={panel.head}>
        <h2 id={title} className={panel.title}>
          Imported before
        </h2>
        <p className={panel.hint}>Each can be taken away again; what was measured stays.</p>
      </header>
      <div className={classes.says} role="status">
        {removed && (
          <p data-testid="document-removed">
            <span>{removed.path} is deleted, with what it defined.</span>
            <Button
              size="compact-sm"
              variant="default"
              loading={undoing}
              onClick={() => void undo(removed)}
              data-testid="document-undo"
            >
              Undo
            </Button>
          </p>
        )}
        {wrong && <p className={classes.wrong}>{wrong}</p>}
      </div>
      {asked && actor.trim() === "" && (
        <div className={classes.who}>
          <ActorField required />
        </div>
      )}
      {documents.length > 0 && (
        <ScrollBox label="Imported documents">
          <table className={panel.table}>
            <thead>
              <tr>
                <th scope="col">Document</th>
                <th scope="col">Format</th>
                <th scope="col">Objectives</th>
                <th scope="col">Imported</th>
                <th scope="col">By</th>
                <th scope="col">
                  <span className="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {documents.map((d) => (
                <tr key={d.id} data-testid="document" data-path={d.path}>
                  <th scope="row">{d.path}</th>
                  <td>{formatText([d.format])}</td>
                  <td>
                    {d.slos.slice(0, NAMED).map((name, i) => (
                      <span key={name}>
                        {i > 0 && ", "}
                        <Link to="/slos/$name" params={{ name }} search={{}} className={classes.link}>
                          {name}
                        </Link>
                      </span>
                    ))}
                    {d.slos.length > NAMED && ` and ${d.slos.length - NAMED} more`}
                  </td>
                  <td>
                    <Instant at={d.savedAt} />
                  </td>
                  <td>{d.savedBy}</td>
                  <td>
                    <div className={classes.actions}>
                      <Button
                        size="compact-xs"
                        variant="default"
                        aria-label={`Open ${d.path}`}
                        onClick={() => void read(d.path).then((kept) => kept && onOpen(kept), fail)}
                      >
                        Open
                      </Button>
                      {d.original && (
                        <Button
                          size="compact-xs"
                          variant="default"
                          aria-label={`Original of ${d.path}`}
                          title={`The specification of ${formatText([d.original.format])} that it was made of`}
                          onClick={() =>
                            void read(d.path).then(
                              (kept) =>
                                kept?.original &&
                                onOpen({
                                  path: d.path,
                                  text: kept.original.text,
                                  window: kept.original.window,
                                }),
                              fail,
                            )
                          }
                          data-testid="document-original"
                        >
                          Original
                        </Button>
                      )}
                      <Button
                        size="compact-xs"
                        variant="default"
                        disabled={removing}
                        aria-label={`Delete ${d.path}`}
                        onClick={() => void forget(d.path)}
                        data-testid="document-delete"
                      >
                        Delete
                      </Button>
                    </div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
      {page?.hasNextPage && (
        <Button
          size="xs"
          variant="subtle"
          onClick={() => void fetchMore({ variables: { after: page.endCursor ?? null } })}
        >
          Further documents
        </Button>
      )}
    </section>
  );
}
