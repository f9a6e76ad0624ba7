/* SPDX-License-Identifier: Apache-2.0 */
#include "request/type_groups.h"

#include "apr_strings.h"

#include "request/problem.h"

/* A name for several types, ended by NULL. */
struct group {
    const char *name;
    const char *types[20];
};

/* The vendor's v8.1 has the names of groups and of types, and says nowhere which belong together; here they do by
 * their words. Groups of a single type that has the same name need no line. Data that is retrieved from an archive is so
 * for a restore. */
static const struct group groups[] = {
    {"ManualSnapshot", {"ManualSnapshot", "FileShareManualSnapshot"}},
    {"ManualBackup", {"SqlManualBackup", "PostgresDbManualBackup", "MongoDbManualBackup"}},
    {"PolicySnapshot", {"PolicySnapshot", "FileSharePolicySnapshot"}},
    {"PolicyBackup",
     {"PolicyBackup", "SnapshotBackup", "SqlPolicyBackup", "VnetPolicyBackup",
      "VnetPolicyBackupToRepository", "PostgresDbPolicyBackup", "MongoDbPolicyBackup"}},
    {"PolicyArchive",
     {"PolicyArchive", "SqlPolicyArchive", "PostgresDbPolicyArchive", "MongoDbPolicyArchive"}},
    {"Retention",
     {"BackupRetention", "InvalidSnapshotRetention", "ObsoleteSnapshotRetention",
      "OrphanedSnapshotRetention", "VmSnapshotRetention", "FileShareSnapshotRetention",
      "VnetRetention", "CosmosDbContinuousRetention"}},
    {"Restore",
     {"RestoreDisks", "RestoreVms", "SqlRestore", "FileShareRestore", "VnetFullRestore",
      "VnetGranularRestore", "CosmosDbRestore", "RestorePointDataRetrieval",
      "SqlRestorePointDataRetrieval", "CosmosDbRestorePointDataRetrieval"}},
    {"FileLevelRestore", {"FileLevelRestore", "FileShareFileRestore"}},
    {"Deletion",
     {"BackupDeletion", "SnapshotDeletion", "ManualSnapshotDeletion", "SqlBackupDeletion",
      "FileShareSnapshotDeletion", "FileShareManualSnapshotDeletion", "VnetBackupDeletion",
      "CosmosDbBackupDeletion", "CosmosDbContinuousBackupDeletion", "ConfigurationBackupDeletion"}},
    {"ConfigurationBackup",
     {"ConfigurationBackupManual", "ConfigurationBackupScheduled", "ConfigurationBackupDownload",
      "ConfigurationBackupSync", "ConfigurationBackupDeletion", "ConfigurationRestoreStatus"}},
    {"RepositoryTasks",
     {"RepositoryCreation", "RepositoryDeletion", "RepositoryEdit", "VnetRepositoryImport"}},
    {"InfrastructureRescan", {"InfrastructureRescan", "SnapshotRescan"}},
    {NULL, {NULL}},
};

/* Which workload a type is of shows in its name, PostgreSQL and MongoDB being kinds of Cosmos DB. What names none is
 * about virtual machines where it backs up, restores, keeps or deletes, and else about none. */
static const struct group workloads[] = {
    {"VirtualMachine",
     {"AutoBackup", "BackupRetention", "InvalidSnapshotRetention", "ObsoleteSnapshotRetention",
      "OrphanedSnapshotRetention", "VmSnapshotRetention", "ManualSnapshot",
      "ManualSnapshotDeletion", "PolicyBackup", "PolicySnapshot", "PolicyArchive", "SnapshotBackup",
      "RestoreDisks", "RestoreVms", "FileLevelRestore", "RestorePointDataRetrieval",
      "BackupDeletion", "SnapshotDeletion", "SnapshotRescan"}},
    {"SQL",
     {"SqlPolicyBackup", "SqlManualBackup", "SqlPolicyArchive", "SqlRestore",
      "SqlRestorePointDataRetrieval", "SqlBackupDeletion"}},
    {"FileShares",
     {"FileSharePolicySnapshot", "FileShareManualSnapshot", "FileShareRestore",
      "FileShareFileRestore", "FileShareIndexing", "FileShareSnapshotRetention",
      "FileShareSnapshotDeletion", "FileShareManualSnapshotDeletion"}},
    {"VirtualNetwork",
     {"VnetPolicyBackup", "VnetPolicyBackupToRepository", "VnetFullRestore", "VnetGranularRestore",
      "VnetBackupDeletion", "VnetRetention", "VnetRepositoryImport"}},
    {"WorkloadIndependent",
     {"RepositoryCreation", "RepositoryDeletion", "RepositoryEdit", "ConfigurationBackupManual",
      "ConfigurationBackupScheduled", "ConfigurationBackupDeletion", "ConfigurationBackupDownload",
      "ConfigurationBackupSync", "ConfigurationRestoreStatus", "HealthCheck",
      "InfrastructureRescan"}},
    {"CosmosDb",
     {"CosmosDbConfiguration", "CosmosDbRestore", "CosmosDbContinuousRetention",
      "CosmosDbContinuousBackupDeletion", "CosmosDbRestorePointDataRetrieval",
      "CosmosDbBackupDeletion", "PostgresDbPolicyBackup", "PostgresDbPolicyArchive",
      "PostgresDbManualBackup", "MongoDbPolicyBackup", "MongoDbPolicyArchive",
      "MongoDbManualBackup"}},
    {NULL, {NULL}},
};

/* Add the types of a group; returns whether there is one of that name. */
static int add_group(apr_array_header_t *names, const struct group *group, const char *name)
{
    while (group->name != NULL && ap_cstr_casecmp(group->name, name) != 0) {
        group++;
    }
    for (const char *const *type = group->types; *type != NULL; type++) {
        APR_ARRAY_PUSH(names, const char *) = *type;
    }
    return group->name != NULL;
}

apr_array_header_t *type_groups_expand(apr_array_header_t *names)
{
    int given = names->nelts;
    for (int i = 0; i < given; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        if (name != NULL) {
            (void)add_group(names, groups, name);
        }
    }
    return names;
}

apr_array_header_t *type_groups_workloads(request_rec *r, const char *name,
                                          const apr_array_header_t *workload_types)
{
    apr_array_header_t *names = apr_array_make(r->pool, 32, sizeof(const char *));
    for (int i = 0; i < workload_types->nelts; i++) {
        const char *workload = APR_ARRAY_IDX(workload_types, i, const char *);
        if (workload != NULL && !add_group(names, workloads, workload)) {
            problem_parameter(r, name,
                              apr_psprintf(r->pool, "%s is not a workload type", workload));
        }
    }
    return names;
}
