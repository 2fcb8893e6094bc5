import type { ReactNode } from "react";
import classes from "./Partly.module.css";

/** A figure that says of itself whether it stands on too little of its window to be believed. */
export function Partly({ partial, children }: { partial: boolean; children: ReactNode }) {
  if (!partial) {
    return children;
  }
  return (
    <span className={classes.figure}>
      <span className={classes.mark}>partial</span> {children}
    </span>
  );
}
