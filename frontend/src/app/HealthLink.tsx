import { useQuery, useSubscription } from "@apollo/client/react";
import { Link } from "@tanstack/react-router";
import { later } from "@/components/follow";
import { graphql } from "@/gql";
import classes from "./HealthLink.module.css";

const HealthBadgeDocument = graphql(/* GraphQL */ `
  query HealthBadge {
    health {
      ready
      version
      demo
      components {
        name
        ok
      }
      targets {
        up
      }
      problems {
        line
      }
    }
  }
`);

const HealthBadgeChangedDocument = graphql(/* GraphQL */ `
  subscription HealthBadgeChanged {
    healthChanged {
      ready
    }
  }
`);

/** The way to the health page, with how many things need a look. */
export function HealthLink({ className }: { className: string }) {
  const { data, refetch } = useQuery(HealthBadgeDocument, {
    pollInterval: 30_000,
    fetchPolicy: "no-cache",
    context: later,
  });
  useSubscription(HealthBadgeChangedDocument, {
    fetchPolicy: "no-cache",
    ignoreResults: true,
    onData: () => void refetch().catch(() => undefined),
  });
  const h = data?.health;
  const troubles = h
    ? h.components.filter((c) => !c.ok).length + h.targets.filter((t) => !t.up).length + h.problems.length
    : 0;
  return (
    <Link
      to="/health"
      className={className}
      activeProps={{ "data-active": true }}
      title={h ? `Hindcast ${h.version}${h.demo ? ", demo" : ""}` : undefined}
    >
      Health
      {troubles > 0 && (
        <span className={classes.count}>
          {troubles}
          <span className="visually-hidden"> things need a look</span>
        </span>
      )}
    </Link>
  );
}
