import type { ReactNode } from "react";
import classes from "./CardList.module.css";

/** Objects below one another. */
export function CardList({ children }: { children: ReactNode }) {
  return <ul className={classes.list}>{children}</ul>;
}

/** One of them. */
export function Card({ children, ...about }: { children: ReactNode; [attribute: `data-${string}`]: string }) {
  return (
    <li className={classes.card} {...about}>
      {children}
    </li>
  );
}
