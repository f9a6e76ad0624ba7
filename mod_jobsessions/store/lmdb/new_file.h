/* SPDX-License-Identifier: Apache-2.0 */
/* Making the files of a database so that nobody is kept out who shares it.
 *
 * Whoever comes first makes them: root, who only wants to look, as well as a worker with a umask of its own. So
 * they get data.mdb's owner and group, or where there is none the directory's, as far as their maker may give
 * them, and a mode that no umask has a say in. */
#ifndef JS_STORE_NEW_FILE_H
#define JS_STORE_NEW_FILE_H

/* Of both files, and of a new directory, whose group its files get. */
#define JSP_FILE_MODE 0660
#define JSP_DIRECTORY_MODE 02770

/* Have a file that is still empty written in place, where that is the file system's to choose. Btrfs puts what is
 * written over elsewhere: a database of 32 MB had 6,322 pieces and took 60 MB after 4,000 commits, and with no room
 * left even a reader got SIGBUS, from its slot in lock.mdb. In place (FS_NOCOW_FL) it had 9, and one could go on. */
void jsp_new_file_in_place(int fd);

/* Make an empty file where it is missing; others see it first when it is theirs to use. That it cannot be made
 * shows when it is opened. */
void jsp_new_file_make(const char *directory, const char *name);

/* Make the directory's last component where it is missing. 0 or errno. */
int jsp_new_file_make_directory(const char *directory);

/* Have the names in a directory on disk, which they are when it is. 0 or errno. */
int jsp_new_file_sync_directory(const char *directory);

#endif
