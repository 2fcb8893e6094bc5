import { useMutation, useQuery } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { CardList } from "@/components/CardList";
import { Loading } from "@/components/Loading";
import { TroubleNotice } from "@/components/Notice";
import { Page } from "@/components/Page";
import { useUndo } from "@/components/undo";
import { unmask } from "@/gql";
import type { SourceInput } from "@/gql/graphql";
import { troubleOf } from "@/lib/errors";
import { type Patch, patched } from "@/lib/search-params";
import { SaveSourceDocument, SourceListDocument, SourceSummaryFragment } from "./documents";
import { EmptySources } from "./EmptySources";
import { SourceCard } from "./SourceCard";
import { SourceDrawer } from "./SourceDrawer";
import type { SourcesSearch } from "./search";

const route = getRouteApi("/settings/sources");

/** Where the numbers come from: data sources, how they are doing, and a way to connect more. */
export function SourcesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (patch: Patch<SourcesSearch>, ignoreBlocker = false) =>
    void navigate({ search: (old) => patched(old, patch), replace: true, ignoreBlocker });
  const offerUndo = useUndo();
  const [restore] = useMutation(SaveSourceDocument, { refetchQueries: ["SourceList"] });
  const { data, error, refetch } = useQuery(SourceListDocument, {
    variables: { first: 100 },
    fetchPolicy: "cache-and-network",
    pollInterval: 10_000,
  });
  const sources = data ? unmask(SourceSummaryFragment, data.sources.nodes) : [];
  const reread = () => void refetch().catch(() => undefined);
  const connect = () => change({ connect: "1" });
  const removed = (input: SourceInput, by: string) => {
    offerUndo({ text: `${input.name} is deleted.`, undo: () => restore({ variables: { input, by } }) });
    change({ source: undefined });
    reread();
  };
  return (
    <Page
      testId="sources"
      eyebrow="Settings"
      title="Sources"
      lead="Servers that objectives measure on. What one did not answer is a gap, never a zero; it is read again when it is back."
      action={
        <Button size="sm" onClick={connect} data-testid="source-connect">
          Connect a source
        </Button>
      }
    >
      {error && <TroubleNotice trouble={troubleOf(error)} onRetry={reread} />}
      {!data && !error && <Loading what="sources" heights={[74, 74, 74]} />}
      {data && (
        <>
          <CardList>
            {sources.map((s) => (
              <SourceCard
                key={s.id}
                source={s}
                opened={search.source === s.name}
                onToggle={() => change({ source: search.source === s.name ? undefined : s.name })}
                onEdit={() => change({ edit: s.name })}
                onRemoved={removed}
              />
            ))}
          </CardList>
          {data.sources.pageInfo.hasNextPage && (
            <p>Only the first 100 are shown; the others measure all the same.</p>
          )}
          {sources.every((s) => s.origin === "EMBEDDED") && <EmptySources onConnect={connect} />}
        </>
      )}
      {data && (search.connect || search.edit) && (
        <SourceDrawer
          key={search.edit ?? ""}
          edit={search.edit ?? null}
          taken={sources.map((s) => s.name)}
          onClose={() => change({ connect: undefined, edit: undefined })}
          onSaved={(name) => {
            change({ connect: undefined, edit: undefined, source: name }, true);
            reread();
          }}
        />
      )}
    </Page>
  );
}
