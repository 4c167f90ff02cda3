// Keys made with openssl for these tests alone; they sign nothing.

enum SampleKeys {
    static let rsa1024PKCS1 = """
        -----BEGIN RSA PRIVATE KEY-----
        MIICXAIBAAKBgQDCf5uBbCAhufvIjFLL2U0Jemy241F7m7002edXKmLDjh5vpfbA
        FQc2SJTmR+EsKXLeLO+s3Tsvhi9EFroFsXL1cUmSOovMyujfaMmmbNssz8fYgzjM
        m8vE5T794Zy66K4+4jwuBdjc/0cUKHCERlHCs4VcxiVJDZ6kAav9p/S22wIDAQAB
        AoGAUkN0u0XHRVyLcORg9JVBLxwXtTbqNNTHLv5nCYgE499NYj2Y4t9CAKSsTcXj
        KDGTwwLQkJW1vcEMZskR/uxxyT7x5QX7A+FD3Bf6rqh8RTSIg4nAB+zy5GkH1cND
        nSKAmYSzpsFj+EJ7ZvXac7XemQ/8pgtrQX9L47480dvBQQkCQQDtrJsJqIHvCC5/
        ONPOpItcXYAAFx8ovUgRCLpggVgbMw0BkFEJB2/8xRWSlCVp1/8jTxy7Pf4T3l4f
        0uLJf1R/AkEA0X7EAj0guUiknLNLCejjg7WiG5roAMJbEISOJ4ARchkV4cTQPfyR
        eg5HPTIgaFOczjszO3YQ3qQkImY5IOg/pQJACL9NhXF6Nr3qWCxTP0u3BVM7nsU7
        FFjDCj1z/pFEGNwsIl6ZXOe1K2xletuQ9PBKJ5aFzC5f54NLm4g7aIcTKQJAeG6C
        abMQW9N55idgDOtX14CUF4B+vOj+BsndGrIR1WC8ZpSJDgli7CLHK1Pks3TVoO0B
        b75YxlTf/PJ9BwDcjQJBAMA3LG27EnfCfzZrpkdydFx0Q1OwMmIfjNW078Ww+hcg
        l4ZId75GJ7hD+FIPzAdrV10NPKBvQDjaqTaOLcriTGg=
        -----END RSA PRIVATE KEY-----

        """

    static let rsa512 = """
        -----BEGIN PRIVATE KEY-----
        MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEAv6pvAlfbPXBTqLds
        gOmCLtnT7zxAbkPjEBvGuGDCAsd2JBm04MWq10tm/sP/OSGaw2ECTkB+aEGTdWkS
        i1OgwwIDAQABAkBtjmlXyIpsSwm29enSoickyqRnKmSV4r4m1gm4GK6tUQHV0c0C
        HrES7NDrGHdLSvFbHhu+/9EeGIR2X4+LufH5AiEA9FbJgsfMOWUayx8lX9qnEPu2
        ZH7zfo5dT/hxSsZL58UCIQDI0BxbGcom8KZNG6iVYTXm9UIbxOcbZ8+mLqjWT1lm
        5wIhANszCLDE4ZgT9geHt5XYqMx5pNVfdr5wpZHaxnhYkTwpAiAZv21TVPwxf/ui
        uWAlPyCdK2c9jkKfpfDe+u6VA/mPkwIgWpEb7YkMFNfjjk8iuCBD0UGXmoKgPz9R
        7K9+8g8IlfI=
        -----END PRIVATE KEY-----

        """

    static let ellipticCurve = """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIIi8kfES2meWdSFgQ4N0M/nBfOGtd3BanSCFxJqXhV3voAoGCCqGSM49
        AwEHoUQDQgAECo9INApmlTXi6UDMNiH1oXCXlgGAtDAw4R3EbxZtrFUeTHaQdoKe
        yrOJBPBFNyiBDO6mpvZM4pNxUcdF+cdy+w==
        -----END EC PRIVATE KEY-----

        """

    static let encryptedPKCS8 = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIIC3TBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIZ5s0xJUyVysCAggA
        MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBANjfGYOwVO1VMSS989sc6/BIIC
        gBBjz/Gvg5C1p1J8Bz8ZWtuV4toNzbsDUmoWXDEOMSWfjNcNOHD7+3sC+VqvoPAf
        DKTdS8OlyhE/wYdjb8ct9kPA+Z7BIPNvNroN8L82g2EYxpTWtqeHXhdadk+DCjyT
        atFjC59b4rtkGCupM7wMcnZYgTtgZobjGJo0oCYp6FId0D+1VH+5b56ls1tl0ksF
        F5MUHUozlogu5j8mITvm/IKtO01e7RU/i0plTkkHULh7GaCJK90Y9/35H1Fa5pOH
        f/cBE4fxdh6JBfN6SnCb3dPJj6QsdlDKrwm8rNu1U3kYBO4OaTTAHmBNcNkpjnGX
        lI9Zr21FbOHjjH04r5/a+1uA+PR00eF/kXPRqgHPsJC67hqYIG47UuXrY//prKsA
        tkdC2qTdhWjktSbAHjb9b4wqu+aX2vk6sihTBtpTwP9yOfjc/A11KZJ/H4q8Q2UI
        koJY5bSZZQVDCYG5kUuLsMntEh2bo4oK2NYpOXaXsGkWHN11GSPQiUtmiHkgKel6
        lePUygJ6a5j5CvWNuTMJO/v3eq6Yx8SvwW3E12V8S5TNjPlne5/yj9GlcwLKuab6
        oSHZ5+t5Jr1nYwZLhyD83Ba8LxKhAbETGcthLFAu/Mn64uQYsWY8oqDZdIehIy6M
        jXuvKW7ssVZpOAWbBI+8BqFyJbf9sFQVtyzgocjkgs3rAuyHKi2hGWCDU5+/A5Lg
        FnxSjiSqadmgxJuAFkcsggNERzgayyL3DuxPpkjR+8qeFx6XXnwEBV1tF7ddel3g
        +X1k70AP9YSDZDVqs+xttaHi+RDIk6k2fOlF5yiXY5tY24VAOXpK6Z4fRwwR+6lU
        afUAupBIkz2QKt3u/nb8P7E=
        -----END ENCRYPTED PRIVATE KEY-----

        """

    static let encryptedPKCS1 = """
        -----BEGIN RSA PRIVATE KEY-----
        Proc-Type: 4,ENCRYPTED
        DEK-Info: AES-128-CBC,31FB05A129AFB9AA547FE6C00EA6FD5B

        /PyVLBtNgV0pjbXmLS2tC/YqowQmchq2zNIsZwhJPE8djJKVt4h6oEbB6/mQ1kFq
        BbIwQIjfpd2XlNyeDejITp9ogL2uNwfLEqU6g6LAf4WPIm/mMpr5Yt8BppVAFgOb
        Pg3I6w24HLYEk2paPp6KBtDMBotE2QEIpayDilyMx5Nu7Mxz0bRIyjLbEzZ+Otrg
        kAIXDYymghbYPxKBekPayNeg8kwytGURovxfE0tVJS6616f9jGl3naRGVnu7w/GE
        tXMO7s1uZ5uYU/3eUsMJOkm0jKi1C8Sd5ioxd9/alhj2Fjhkj797w38/CkE89ulj
        oMrLmnfdGpuYGY3Ad1OPgGMgPHOfKT3FE/QV30K2+NSJbRbXgT7fBprLu+gIL90C
        FwVRYiKTybD2kYK8At1oxMEYzaP2mMLj/Anc0msxYU0J6D6QDJ68RkBFOyNRpxMc
        ScLUzNaC8JGrDbM8ao5pmy5rdH2sOSh8CUHIVNB4TjnGAbq4dQwpo7qEbWWz2sDD
        mda1RIC9Z9tQBZ+eQZUjoLDWESaECGJkO1VNvM/cojzyFa2DYPdW/GEvDDwMNcfu
        i8uq7uK2kcla+3vOeppbZBGdbAEl53SMkTwL0a3hAsvDwcPAIbD3QDjQTDj4afnt
        iLPxu98WyxVK39VTtE3J+jY10RzEs9NrfrDQSxlhC0+nme8Ag72lKm/v1BRCMOlg
        jDjDJZUMHcrcI1agPK0Fau3+IYcBSQhyw2sjeKGHK7yqA2ZCP4IPlGw8RUIyWW0T
        0kGa3pL89pRSPnq7/hfbp5LNT383T7wPREBmJ3Ry2PWHYvmw0EZ1fG9N+wkt4HIa
        -----END RSA PRIVATE KEY-----

        """

    static let publicKey = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDQAuuZZXJkub7e7PhUKeaqkeuq
        Ki+pprSEQgNSg6h9nRzVEk42xCIYME3ZTUoiaAj1kIBbc546PAOMKp2XJnf+Ejbn
        i9JbOEoCLQO1wmnO6nIe91PMByoZCeL5NGoUVdIdytjOnpVXq/fTUgrhtT7o/KEX
        JGJdK0TLiDapYE3x4QIDAQAB
        -----END PUBLIC KEY-----

        """

    static let rsa512Public =
        "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL+qbwJX2z1wU6i3bIDpgi7Z0+88QG5D"
        + "4xAbxrhgwgLHdiQZtODFqtdLZv7D/zkhmsNhAk5AfmhBk3VpEotToMMCAwEAAQ=="
}
