import { useQuery } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { CardList } from "@/components/CardList";
import { useFollow } from "@/components/follow";
import { Loading } from "@/components/Loading";
import { TroubleNotice } from "@/components/Notice";
import { Page } from "@/components/Page";
import { troubleOf } from "@/lib/errors";
import { type Patch, patched } from "@/lib/search-params";
import { SlaListDocument } from "./documents";
import { EmptySlas } from "./EmptySlas";
import { SlaCard } from "./SlaCard";
import { SlaDrawer } from "./SlaDrawer";
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
  useFollow(null, [SlaListDocument]);
  const slas = data?.slas.nodes ?? [];
  const create = () => change({ create: "1" });
  const next = data?.slas.pageInfo;
  return (
    <Page
      testId="slas"
      title="Agreements"
      lead="What is promised to customers, over the same measurement as the objectives: a target, a calendar period, credits, and statements that stay as they were issued."
      action={
        slas.length > 0 && (
          <Button size="sm" onClick={create} data-testid="sla-create">
            New agreement
          </Button>
        )
      }
    >
      {error && <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} />}
      {!data && !error && <Loading what="agreements" heights={[92, 92]} />}
      {data && slas.length === 0 && <EmptySlas onCreate={create} />}
      {slas.length > 0 && (
        <CardList>
          {slas.map((s) => (
            <SlaCard key={s.id} sla={s} />
          ))}
        </CardList>
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
    </Page>
  );
}
