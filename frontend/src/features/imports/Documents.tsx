import { useApolloClient, useMutation, useQuery } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { ActorLine } from "@/components/ActorLine";
import { ErrorLine } from "@/components/ErrorLine";
import { TroubleNotice } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { Table, unnamed } from "@/components/Table";
import { useUndo } from "@/components/undo";
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

// As many names as a row has room for.
const NAMED = 4;

/** What was imported here before; each can be taken away, and that can be taken back. */
export function Documents({
  onOpen,
}: {
  onOpen: (document: { path: string; text: string; window?: string }) => void;
}) {
  const client = useApolloClient();
  const actor = useActor().trim();
  const offerUndo = useUndo();
  const { data, error, refetch, fetchMore } = useQuery(DocumentListDocument, {
    fetchPolicy: "cache-and-network",
  });
  const [remove, { loading: removing }] = useMutation(DeleteDocumentDocument);
  const [apply] = useMutation(ApplyImportDocument, { refetchQueries: ["DocumentList"] });
  const [wrong, setWrong] = useState<unknown>(null);
  const [asked, setAsked] = useState(false);
  const documents = data?.documents.nodes ?? [];
  const page = data?.documents.pageInfo;

  const read = async (path: string) => {
    const answer = await client.query({
      query: DocumentTextDocument,
      variables: { path },
      fetchPolicy: "network-only",
    });
    return answer.data?.document ?? null;
  };
  const restore = async ({ path, text, original }: NonNullable<Awaited<ReturnType<typeof read>>>) => {
    // What it was made of first, so that it is known again; then what it was edited to.
    const steps = original ? [{ text: original.text, window: original.window }, { text }] : [{ text }];
    for (const step of steps) {
      const { data: answer } = await apply({ variables: { document: { path, by: actor, ...step } } });
      const made = unmask(ImportPreviewFragment, answer?.applyImport);
      const [problem] = unmask(ImportProblemFragment, made?.problems ?? []);
      if (problem && step === steps.at(-1)) {
        throw new Error(problem.message);
      }
      if (made?.document === text) {
        break;
      }
    }
  };
  const forget = async (path: string) => {
    setAsked(true);
    setWrong(null);
    if (actor === "") {
      return;
    }
    try {
      const kept = await read(path); // before it is gone
      await remove({ variables: { path, by: actor } });
      if (kept) {
        offerUndo({
          text: `${path} is deleted, with what it defined.`,
          undo: () => restore(kept),
        });
      }
      await refetch();
    } catch (thrown) {
      setWrong(thrown);
    }
  };
  if (error && !data) {
    return <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} />;
  }
  if (documents.length === 0) {
    return null;
  }
  return (
    <Panel
      title="Imported before"
      hint="Each can be taken away again; what was measured stays."
      testId="documents"
    >
      <div className={classes.says}>
        <ErrorLine error={wrong} />
        {asked && actor === "" && <ActorLine lead="" missing />}
      </div>
      <Table
        label="Imported documents"
        columns={["Document", "Format", "Objectives", "Imported", "By", unnamed("Actions")]}
      >
        <tbody>
          {documents.map((d) => (
            <tr key={d.id} data-testid="document" data-path={d.path}>
              <th scope="row">{d.path}</th>
              <td>{formatText([d.format])}</td>
              <td>
                {d.slos.slice(0, NAMED).map((name, i) => (
                  <span key={name}>
                    {i > 0 && ", "}
                    <Link to="/slos/$name" params={{ name }} search={{}}>
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
                    onClick={() => void read(d.path).then((kept) => kept && onOpen(kept), setWrong)}
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
                          setWrong,
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
      </Table>
      {page?.hasNextPage && (
        <Button
          size="xs"
          variant="subtle"
          onClick={() => void fetchMore({ variables: { after: page.endCursor ?? null } })}
        >
          Further documents
        </Button>
      )}
    </Panel>
  );
}
