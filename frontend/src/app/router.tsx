import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
  redirect,
} from "@tanstack/react-router";
import { parseAlertsSearch } from "@/features/alerts/search";
import { parseExclusionsSearch } from "@/features/exclusions/search";
import { parseImportSearch } from "@/features/imports/search";
import { OverviewPage } from "@/features/overview/OverviewPage";
import { parseOverviewSearch } from "@/features/overview/search";
import { parseSlaSearch, parseSlasSearch, parseStatementSearch } from "@/features/sla/search";
import { parseSloSearch } from "@/features/slo/search";
import { parseSourcesSearch } from "@/features/sources/search";
import { parseSearch, stringifySearch } from "@/lib/search-params";
import { NotFound, PageTrouble } from "./pages";
import { Shell } from "./Shell";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const overview = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: parseOverviewSearch,
  component: OverviewPage,
  errorComponent: PageTrouble,
});

const slo = createRoute({
  getParentRoute: () => root,
  path: "/slos/$name",
  validateSearch: parseSloSearch,
  component: lazyRouteComponent(() => import("@/features/slo/SloPage"), "SloPage"),
  errorComponent: PageTrouble,
});

const health = createRoute({
  getParentRoute: () => root,
  path: "/health",
  component: lazyRouteComponent(() => import("@/features/health/HealthPage"), "HealthPage"),
  errorComponent: PageTrouble,
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  beforeLoad: () => {
    throw redirect({ to: "/settings/sources", search: {}, replace: true });
  },
});

const sources = createRoute({
  getParentRoute: () => root,
  path: "/settings/sources",
  validateSearch: parseSourcesSearch,
  component: lazyRouteComponent(() => import("@/features/sources/SourcesPage"), "SourcesPage"),
  errorComponent: PageTrouble,
});

const exclusions = createRoute({
  getParentRoute: () => root,
  path: "/exclusions",
  validateSearch: parseExclusionsSearch,
  component: lazyRouteComponent(() => import("@/features/exclusions/ExclusionsPage"), "ExclusionsPage"),
  errorComponent: PageTrouble,
});

const alerts = createRoute({
  getParentRoute: () => root,
  path: "/alerts",
  validateSearch: parseAlertsSearch,
  component: lazyRouteComponent(() => import("@/features/alerts/AlertsPage"), "AlertsPage"),
  errorComponent: PageTrouble,
});

const slas = createRoute({
  getParentRoute: () => root,
  path: "/slas",
  validateSearch: parseSlasSearch,
  component: lazyRouteComponent(() => import("@/features/sla/SlasPage"), "SlasPage"),
  errorComponent: PageTrouble,
});

const sla = createRoute({
  getParentRoute: () => root,
  path: "/slas/$name",
  validateSearch: parseSlaSearch,
  component: lazyRouteComponent(() => import("@/features/sla/SlaPage"), "SlaPage"),
  errorComponent: PageTrouble,
});

const statement = createRoute({
  getParentRoute: () => root,
  path: "/slas/$name/statements/$customer/$period",
  validateSearch: parseStatementSearch,
  component: lazyRouteComponent(() => import("@/features/sla/StatementPage"), "StatementPage"),
  errorComponent: PageTrouble,
});

const importing = createRoute({
  getParentRoute: () => root,
  path: "/import",
  validateSearch: parseImportSearch,
  component: lazyRouteComponent(() => import("@/features/imports/ImportPage"), "ImportPage"),
  errorComponent: PageTrouble,
});

const routeTree = root.addChildren([
  overview,
  slo,
  health,
  settings,
  sources,
  slas,
  sla,
  statement,
  importing,
  exclusions,
  alerts,
]);

/** The pages and their addresses; another history than the browser's is for tests. */
export function createAppRouter(history?: RouterHistory) {
  return createRouter({
    routeTree,
    parseSearch,
    stringifySearch,
    defaultPreload: "intent",
    scrollRestoration: true,
    ...(history ? { history } : {}),
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
