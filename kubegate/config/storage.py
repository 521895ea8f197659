"""The flags of the store, etcd's by kube-apiserver's names."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from kubegate.config.flag_types import CommaList


class StorageOptions(BaseModel, extra="forbid", frozen=True):
    """Where objects are kept."""

    data_dir: str = Field("./kubegate-data", description="Directory of the embedded store, keys and certificates.")
    storage: Literal["sqlite", "memory", "etcd"] = Field("sqlite", description="sqlite (durable), memory or etcd.")
    etcd_servers: CommaList = Field(default_factory=list, description="URLs of etcd servers (implies --storage etcd).")
    etcd_prefix: str = Field("/registry", description="Prefix of all keys in etcd.")
    etcd_cafile: str = Field("", description="Authorities of etcd's certificate.")
    etcd_certfile: str = Field("", description="Certificate to show to etcd.")
    etcd_keyfile: str = Field("", description="Its private key.")
