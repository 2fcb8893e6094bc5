import { Link } from "@tanstack/react-router";
import { patched } from "@/lib/search-params";
import classes from "./SloTabs.module.css";
import type { SloSearch, SloTab } from "./search";

const tabs: readonly { tab: SloTab | undefined; label: string; title: string }[] = [
  { tab: undefined, label: "Overview", title: "How much budget is left" },
  { tab: "statement", label: "Statement", title: "What the budget was spent on" },
  { tab: "alerts", label: "Alerts", title: "Who is told when it burns" },
];

/** What of an objective is looked at: addresses, so that each can be linked to. */
export function SloTabs({ tab }: { tab: SloTab | undefined }) {
  return (
    <nav aria-label="Parts of this page" className={classes.tabs}>
      {tabs.map((t) => (
        <Link
          key={t.label}
          from="/slos/$name"
          to="/slos/$name"
          search={(old: SloSearch) =>
            patched(old, { tab: t.tab, line: undefined, annotate: undefined, days: undefined })
          }
          replace
          resetScroll={false}
          className={classes.tab}
          activeOptions={{ exact: true, includeSearch: true }}
          data-chosen={tab === t.tab || undefined}
          title={t.title}
          data-testid={`tab-${t.tab ?? "overview"}`}
        >
          {t.label}
        </Link>
      ))}
    </nav>
  );
}
