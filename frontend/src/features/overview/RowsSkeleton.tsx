import { Skeleton } from "@mantine/core";
import classes from "./RowsSkeleton.module.css";

/** The shape of the overview while its first page is on the way. */
export function RowsSkeleton() {
  return (
    <div className={classes.frame} aria-busy="true">
      <span className="visually-hidden" role="status">
        Reading objectives
      </span>
      <Skeleton height={60} radius="md" />
      <Skeleton height={34} width="40%" radius="md" />
      {[3, 2, 2].map((rows, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the shapes never change their order
        <Skeleton key={i} height={58 + rows * 50} radius="md" />
      ))}
    </div>
  );
}
