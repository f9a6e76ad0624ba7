// SPDX-License-Identifier: Apache-2.0
package jobsessions;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.util.Map;

/** libjobsessions as JNA sees it, where a size_t is a NativeLong, as on all systems that Debian has. */
interface NativeLibrary extends Library {
    NativeLibrary LIBRARY =
        Native.load(
            "libjobsessions.so.0", NativeLibrary.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));

    /** js_options. */
    @Structure.FieldOrder("mapSize")
    class Options extends Structure {
        public NativeLong mapSize = new NativeLong(0);
    }

    /** js_session. */
    @Structure.FieldOrder({"id", "json", "length", "damage", "deletedUsn"})
    class Session extends Structure {
        public long id;
        public Pointer json;
        public NativeLong length;
        public Pointer damage;
        public long deletedUsn;
    }

    String js_version();

    NativeLong js_error_size();

    String js_error_message(Pointer error);

    String js_error_member(Pointer error);

    String js_item_list(int kind);

    int js_open(String directory, int mode, Options options, PointerByReference database, Pointer error);

    void js_close(Pointer database);

    void js_set_wait_limit(Pointer database, int milliseconds);

    void js_interrupt(Pointer database);

    int js_set_worker(Pointer database, NativeLong process, Pointer error);

    int js_sessions_begin(Pointer database, byte[] query, PointerByReference sessions, Pointer error);

    int js_sessions_next(Pointer sessions, PointerByReference json, PointerByReference length, Pointer error);

    void js_sessions_end(Pointer sessions);

    int js_sessions_count(Pointer database, byte[] query, LongByReference count, Pointer error);

    int js_put(Pointer database, byte[] json, NativeLong length, LongByReference id, Pointer error);

    int js_update(Pointer database, byte[] json, NativeLong length, LongByReference id, Pointer error);

    int js_append(Pointer database, long id, int kind, byte[] json, NativeLong length, Pointer error);

    int js_remove(Pointer database, long id, int removal, Pointer error);

    int js_get(Pointer database, long id, Pointer json, NativeLong size, PointerByReference length, Pointer error);

    int js_find_id(Pointer database, byte[] text, NativeLong length, LongByReference id, Pointer error);

    void js_id_text(Pointer database, long id, Pointer text);

    int js_stop_ask(Pointer database, String directory, long id, String user, Pointer error);

    int js_stop_requested(Pointer database, String directory, long id, Pointer request, Pointer error);

    int js_stop_take(Pointer database, String directory, long id, Pointer request, Pointer error);

    int js_transaction_find_id(Pointer transaction, byte[] text, NativeLong length, LongByReference id, Pointer error);

    int js_transaction_id_text(Pointer transaction, long id, Pointer text, Pointer error);

    int js_transaction_begin(Pointer database, PointerByReference transaction, Pointer error);

    int js_transaction_put(Pointer transaction, byte[] json, NativeLong length, LongByReference id, Pointer error);

    int js_transaction_update(Pointer transaction, byte[] json, NativeLong length, LongByReference id, Pointer error);

    int js_transaction_append(Pointer transaction, long id, int kind, byte[] json, NativeLong length, Pointer error);

    int js_transaction_remove(Pointer transaction, long id, int removal, Pointer error);

    int js_transaction_commit(Pointer transaction, Pointer error);

    void js_transaction_abort(Pointer transaction);

    int js_snapshot_begin(Pointer database, PointerByReference snapshot, Pointer error);

    void js_snapshot_end(Pointer snapshot);

    NativeLong js_items_size();

    int js_items_begin(
        Pointer items, Pointer snapshot, long id, int kind, Pointer pattern, long offset, long limit, Pointer error);

    int js_items_next(Pointer items, Session item);
}
