import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { Loading } from "@/components/Loading";
import { TroubleNotice } from "@/components/Notice";
import { Frame } from "@/components/Page";
import { TextButton } from "@/components/TextButton";
import { troubleOf } from "@/lib/errors";
import { type Patch, patched } from "@/lib/search-params";
import { countStates, filterRows, groupRows } from "./arrange";
import { EmptyFleet } from "./EmptyFleet";
import classes from "./OverviewPage.module.css";
import { ServiceSection } from "./ServiceSection";
import { StateStrip } from "./StateStrip";
import type { OverviewSearch } from "./search";
import { Toolbar } from "./Toolbar";
import { useFleet } from "./use-fleet";
import { useRowKeys } from "./use-row-keys";

const route = getRouteApi("/");

/** Services × objectives at a glance: what burns, what has no data. */
export function OverviewPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (patch: Patch<OverviewSearch>) =>
    void navigate({ search: (old) => patched(old, patch), replace: true });
  const fleet = useFleet();
  const [list, setList] = useState<HTMLElement | null>(null);
  useRowKeys(list);

  const matching = filterRows(fleet.rows, search, { anyState: true });
  const shown = filterRows(fleet.rows, search);
  const groups = groupRows(shown, search.sort ?? "burn");
  return (
    <Frame testId="overview">
      <h1 className="visually-hidden">Error budgets</h1>
      {fleet.error !== undefined ? (
        <TroubleNotice trouble={troubleOf(fleet.error)} onRetry={fleet.refresh} />
      ) : fleet.loading ? (
        <Loading what="objectives" heights={[60, 34, 208, 158, 158]} />
      ) : fleet.rows.length === 0 ? (
        <EmptyFleet />
      ) : (
        <>
          <StateStrip
            counts={countStates(matching)}
            chosen={search.state}
            onChange={(state) => change({ state })}
          />
          <Toolbar rows={fleet.rows} search={search} shown={shown.length} onChange={change} />
          <div ref={setList} className={classes.list}>
            {groups.map((g) => (
              <ServiceSection key={g.service} group={g} />
            ))}
            {groups.length === 0 && (
              <p className={classes.nothing}>
                Nothing matches.{" "}
                <TextButton look="link" onClick={() => void navigate({ search: {}, replace: true })}>
                  Show all {fleet.rows.length}
                </TextButton>
              </p>
            )}
            {fleet.partial && <p className={classes.nothing}>Reading further objectives…</p>}
          </div>
        </>
      )}
    </Frame>
  );
}
