/*
 * proc_mounts.c - the file systems that there are. Formats: proc(5).
 */
#include "lib/base/string.h"
#include "servers/linux/proc.h"

/* Each kind once: those that are mounted, and the ones that only descriptors lead to. */
void proc_show_filesystems(struct text *text, const struct proc_node *node)
{
    (void)node;
    for (const struct mount *mount = mounts; mount; mount = mount->next) {
        const struct mount *before = mounts;
        while (strcmp(before->type, mount->type) != 0)
            before = before->next;
        if (before == mount)
            text_format(text, "nodev\t%s\n", mount->type);
    }
    text_format(text, "nodev\tsockfs\nnodev\tpipefs\n");
}

/* Spaces in a path are written as octal, so that a line keeps its fields. */
static void append_mount_path(struct text *text, const struct mount *mount)
{
    struct text path = {0};

    proc_append_path(&path, mount->root);
    for (size_t i = 0; i < path.length; i++) {
        char c = path.bytes[i];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\\')
            text_format(text, "\\%u%u%u", (unsigned)c >> 6 & 3, (unsigned)c >> 3 & 7,
                        (unsigned)c & 7);
        else
            text_append(text, &c, 1);
    }
    text_free(&path);
}

void proc_show_mounts(struct text *text, const struct proc_node *node)
{
    (void)node;
    for (const struct mount *mount = mounts; mount; mount = mount->next) {
        text_format(text, "%s ", mount->source);
        append_mount_path(text, mount);
        text_format(text, " %s rw,%srelatime 0 0\n", mount->type, mount->nosuid ? "nosuid," : "");
    }
}

void proc_show_mountinfo(struct text *text, const struct proc_node *node)
{
    (void)node;
    for (const struct mount *mount = mounts; mount; mount = mount->next) {
        bool is_root = mount->root->parent == mount->root;
        int above = is_root ? 1 : mount->root->parent->inode->mount->id;
        text_format(text, "%d %d 0:%u / ", mount->id, above, mount->device);
        append_mount_path(text, mount);
        text_format(text, " rw,%srelatime - %s %s rw\n", mount->nosuid ? "nosuid," : "",
                    mount->type, mount->source);
    }
}
