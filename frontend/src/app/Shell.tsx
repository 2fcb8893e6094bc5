import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { HealthLink } from "./HealthLink";
import { HelpDialog } from "./HelpDialog";
import { LiveState } from "./LiveState";
import classes from "./Shell.module.css";
import { StaleBanner } from "./StaleBanner";
import { ThemeToggle } from "./ThemeToggle";
import { ZonePicker } from "./ZonePicker";

/** The frame around every page: name, navigation, connection, preferences. */
export function Shell() {
  const nav = useActiveInView();
  return (
    <div className={classes.shell}>
      <a href="#content" className={classes.skip}>
        Skip to content
      </a>
      <header className={classes.header}>
        <div className={classes.inner}>
          <Link to="/" search={{}} className={classes.brand} aria-label="Hindcast: overview">
            <svg viewBox="0 0 32 32" className={classes.logo} aria-hidden="true">
              <rect width="32" height="32" rx="7" className={classes.tile} />
              <path d="M7 8v16h18" className={classes.axes} />
              <path d="M10.5 10.5l5 3.500 3.500 5.500 5.500 1.500" className={classes.curve} />
            </svg>
            <span>Hindcast</span>
          </Link>
          <nav aria-label="Main" className={classes.nav} ref={nav}>
            <Link
              to="/"
              search={{}}
              className={classes.link}
              activeProps={{ "data-active": true }}
              activeOptions={{ exact: true, includeSearch: false }}
              data-testid="nav-overview"
            >
              Overview
            </Link>
            <Link
              to="/slas"
              search={{}}
              className={classes.link}
              activeProps={{ "data-active": true }}
              activeOptions={{ includeSearch: false }}
              data-testid="nav-slas"
            >
              SLAs
            </Link>
            <Link
              to="/exclusions"
              search={{}}
              className={classes.link}
              activeProps={{ "data-active": true }}
              activeOptions={{ includeSearch: false }}
              data-testid="nav-exclusions"
            >
              Exclusions
            </Link>
            <Link
              to="/alerts"
              search={{}}
              className={classes.link}
              activeProps={{ "data-active": true }}
              activeOptions={{ includeSearch: false }}
              data-testid="nav-alerts"
            >
              Alerts
            </Link>
            <HealthLink className={classes.link ?? ""} />
            <Link
              to="/settings/sources"
              search={{}}
              className={classes.link}
              activeProps={{ "data-active": true }}
              activeOptions={{ includeSearch: false }}
              data-testid="nav-settings"
            >
              Settings
            </Link>
          </nav>
          <div className={classes.tools}>
            <LiveState />
            <ZonePicker />
            <HelpDialog />
            <ThemeToggle />
          </div>
        </div>
      </header>
      <StaleBanner />
      <div className={classes.content}>
        <Outlet />
      </div>
    </div>
  );
}

/** A row of links that is moved so that the one of the page can be seen, where there is too little room for all. */
function useActiveInView() {
  const nav = useRef<HTMLElement>(null);
  const page = useRouterState({ select: (s) => s.location.pathname });
  useEffect(() => {
    const active = page && nav.current?.querySelector("[data-active]");
    if (active) {
      active.scrollIntoView({ block: "nearest", inline: "center" });
    }
  }, [page]);
  return nav;
}
