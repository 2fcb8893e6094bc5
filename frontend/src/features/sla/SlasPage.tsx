import { useQuery } from "@apollo/client/react";
import { Button, Skeleton } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { TroubleNotice } from "@/components/Notice";
import { troubleOf } from "@/lib/errors";
import { type Patch, patched } from "@/lib/search-params";
import { SlaListDocument } from "./documents";
import { EmptySlas } from "./EmptySlas";
import { SlaCard } from "./SlaCard";
import { SlaDrawer } from "./SlaDrawer";
import classes from "./SlasPage.module.css";
import type { SlasSearch } from "./search";

const route = getRouteApi("/slas");

/** What is promised to customers, and how each promise stands. */
export function SlasPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (patch: Patch<SlasSearch>) =>
    void navigate({ search: (old) => patched(old, patch), replace: true });
  const { data, error, refetch, fetchMore } = useQuery(SlaListDocument, {
    fetchPolicy: "cache-and-network",
    pollInterval: 30_000,
  });
  const slas = data?.slas.nodes ?? [];
  const create = () => change({ create: "1" });
  const next = data?.slas.pageInfo;
  return (
    <main className={classes.page} id="content" data-testid="slas">
      <header className={classes.head}>
        <div>
          <h1 className={classes.title}>Agreements</h1>
          <p className={classes.lead}>
            What is promised to customers, over the same measurement as the objectives: a target, a calendar
            period, credits, and statements that stay as they were issued.
          </p>
        </div>
        {slas.length > 0 && (
          <Button size="sm" onClick={create} data-testid="sla-create">
            New agreement
          </Button>
        )}
      </header>
      {data ? (
        <>
          {error && <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} />}
          {slas.length === 0 ? (
            <EmptySlas onCreate={create} />
          ) : (
            <ul className={classes.list}>
              {slas.map((s) => (
                <SlaCard key={s.id} sla={s} />
              ))}
            </ul>
          )}
          {next?.hasNextPage && (
            <Button
              size="xs"
              variant="default"
              onClick={() => void fetchMore({ variables: { after: next.endCursor ?? null } })}
            >
              Further agreements
            </Button>
          )}
        </>
      ) : error ? (
        <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} />
      ) : (
        <ListSkeleton />
      )}
      {search.create && (
        <SlaDrawer
          edit={null}
          taken={slas.map((s) => s.name)}
          onClose={() => change({ create: undefined })}
          onSaved={(name) =>
            void navigate({ to: "/slas/$name", params: { name }, search: {}, ignoreBlocker: true })
          }
        />
      )}
    </main>
  );
}

/** The shape of the list while it is on the way. */
function ListSkeleton() {
  return (
    <div className={classes.list} aria-busy="true">
      <span className="visually-hidden" role="status">
        Reading agreements
      </span>
      <Skeleton height={92} radius="md" />
      <Skeleton height={92} radius="md" />
    </div>
  );
}
