import { useQuery } from "@apollo/client/react";
import { Button, Skeleton } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { TroubleNotice } from "@/components/Notice";
import { unmask } from "@/gql";
import { troubleOf } from "@/lib/errors";
import { type Patch, patched } from "@/lib/search-params";
import { SourceListDocument, SourceSummaryFragment } from "./documents";
import { EmptySources } from "./EmptySources";
import { SourceCard } from "./SourceCard";
import { SourceDrawer } from "./SourceDrawer";
import classes from "./SourcesPage.module.css";
import type { SourcesSearch } from "./search";
import { type Removed, UndoNotice } from "./UndoNotice";

const route = getRouteApi("/settings/sources");

/** Where the numbers come from: data sources, how they are doing, and a way to connect more. */
export function SourcesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (patch: Patch<SourcesSearch>, ignoreBlocker = false) =>
    void navigate({ search: (old) => patched(old, patch), replace: true, ignoreBlocker });
  const [removed, setRemoved] = useState<Removed | null>(null);
  const { data, error, refetch } = useQuery(SourceListDocument, {
    variables: { first: 100 },
    fetchPolicy: "cache-and-network",
    pollInterval: 10_000,
  });
  const sources = data ? unmask(SourceSummaryFragment, data.sources.nodes) : [];
  const reread = () => void refetch().catch(() => undefined);
  const connect = () => change({ connect: "1" });
  const onlyEmbedded = sources.every((s) => s.origin === "EMBEDDED");
  return (
    <main className={classes.page} id="content" data-testid="sources">
      <header className={classes.head}>
        <div>
          <p className={classes.eyebrow}>Settings</p>
          <h1 className={classes.title}>Sources</h1>
          <p className={classes.lead}>
            Servers that objectives measure on. What one did not answer is a gap, never a zero; it is read
            again when it is back.
          </p>
        </div>
        <Button size="sm" onClick={connect} data-testid="source-connect">
          Connect a source
        </Button>
      </header>
      {removed && <UndoNotice removed={removed} onDone={() => setRemoved(null)} onChanged={reread} />}
      {data ? (
        <>
          {error && <TroubleNotice trouble={troubleOf(error)} onRetry={reread} />}
          <ul className={classes.list}>
            {sources.map((s) => (
              <SourceCard
                key={s.id}
                source={s}
                opened={search.source === s.name}
                onToggle={() => change({ source: search.source === s.name ? undefined : s.name })}
                onEdit={() => change({ edit: s.name })}
                onRemoved={(gone) => {
                  setRemoved(gone);
                  change({ source: undefined });
                  reread();
                }}
              />
            ))}
          </ul>
          {data.sources.pageInfo.hasNextPage && (
            <p className={classes.lead}>Only the first 100 are shown; the others measure all the same.</p>
          )}
          {onlyEmbedded && <EmptySources onConnect={connect} />}
        </>
      ) : error ? (
        <TroubleNotice trouble={troubleOf(error)} onRetry={reread} />
      ) : (
        <CardsSkeleton />
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
    </main>
  );
}

/** The shape of the list while it is on the way. */
function CardsSkeleton() {
  return (
    <div className={classes.list} aria-busy="true">
      <span className="visually-hidden" role="status">
        Reading sources
      </span>
      <Skeleton height={74} radius="md" />
      <Skeleton height={74} radius="md" />
      <Skeleton height={74} radius="md" />
    </div>
  );
}
