import { ActionIcon, Kbd } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { KeyboardIcon } from "@/components/icons";
import { Dialog } from "@/components/Sheet";
import { StateBadge } from "@/components/StateBadge";
import { lookOf, states } from "@/lib/state";
import classes from "./HelpDialog.module.css";

const keys: { keys: string[]; does: string }[] = [
  { keys: ["/"], does: "Search objectives" },
  { keys: ["j", "k"], does: "Next and previous objective" },
  { keys: ["Enter"], does: "Open the objective" },
  { keys: ["Esc"], does: "Leave the search field, close what is open" },
  { keys: ["Ctrl", "z"], does: "Bring back what was just deleted" },
  { keys: ["?"], does: "This help" },
];

/** Keys, and what the states mean. */
export function HelpDialog() {
  const [opened, { open, close }] = useDisclosure(false);
  // Where the key lies, and whether it takes Shift, depends on the keyboard.
  useHotkeys([
    ["shift+?", open],
    ["?", open],
  ]);
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="Keys and help"
        title="Keys and help (?)"
        onClick={open}
        className={classes.button ?? ""}
      >
        <KeyboardIcon />
      </ActionIcon>
      {opened && (
        <Dialog title="Keys and states" testId="help-dialog" onClose={close}>
          <dl className={classes.keys}>
            {keys.map((k) => (
              <div key={k.does}>
                <dt>
                  {k.keys.map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                  ))}
                </dt>
                <dd>{k.does}</dd>
              </div>
            ))}
          </dl>
          <dl className={classes.states}>
            {states.map((s) => (
              <div key={s}>
                <dt>
                  <StateBadge state={s} />
                </dt>
                <dd>{lookOf(s).meaning}</dd>
              </div>
            ))}
          </dl>
          <p className={classes.note}>
            In plots: drag to zoom. Hatched means that nobody looked, a line below that it is estimated.
          </p>
        </Dialog>
      )}
    </>
  );
}
